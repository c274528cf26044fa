/* job.h: what the core wants this worker to do. */
#ifndef FRAMEBROKER_SOURCE_JOB_H
#define FRAMEBROKER_SOURCE_JOB_H
#include "config/source.h"
#include <stdint.h>

struct job {
	struct config_source *config;
	int64_t epoch_ns; /* the monotonic time of pts 0 in the worker before this one; 0: begin with pts 0 */
};

/* text: {"name": "gate", "keys": "text for config_source_from_text()", "epoch_ns": 0}. -EINVAL with error text, or 0
 * and *ret_job for job_finish(). */
int job_read(const char *text, struct job *ret_job);
void job_finish(struct job *job);

#endif
