/* run.h: the whole worker: one source, opened again and again until it ends or the core says stop. */
#ifndef FRAMEBROKER_SOURCE_RUN_H
#define FRAMEBROKER_SOURCE_RUN_H
#include "source/job.h"
#include <framebroker.h>

/* Runs until the source has ended, or the core wants the worker to stop. Takes the job over. topic: for the log.
 * Negative errno with error text: it could not begin. */
int source_run(fb_broker *broker, struct job *job, const char *topic);

#endif
