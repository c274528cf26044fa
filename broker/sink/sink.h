/* sink.h: the life of one sink's worker. */
#ifndef FRAMEBROKER_SINK_SINK_H
#define FRAMEBROKER_SINK_SINK_H
#include "sink/job.h"
#include <framebroker.h>

/* Encodes and sends until the streams end, or the core wants the worker to finish. The job is taken. topic: for the
 * log.
 */
int sink_run(fb_broker *broker, struct job *job, const char *topic);

#endif
