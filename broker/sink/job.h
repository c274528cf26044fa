/* job.h: what the core wants this worker to do. */
#ifndef FRAMEBROKER_SINK_JOB_H
#define FRAMEBROKER_SINK_JOB_H
#include "base/limits.h"
#include "config/sink.h"

struct job {
	struct config_sink *config;
	bool same_clock;              /* picture and sound descend from one source: their pts are of one time base */
	char packets[LIMIT_NAME + 1]; /* the stream for what is encoded; "": none */
};

/* text: {"name": "live", "keys": "text for config_sink_from_text()", "same_clock": true}. -EINVAL with error text, or 0
 * and *ret_job for job_finish(). */
int job_read(const char *text, struct job *ret_job);
void job_finish(struct job *job);

#endif
