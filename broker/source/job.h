/* job.h: what the core wants this worker to do. */
#ifndef FRAMEBROKER_SOURCE_JOB_H
#define FRAMEBROKER_SOURCE_JOB_H
#include "config/source.h"
#include <stdbool.h>
#include <stdint.h>

struct json_t;

struct job {
	struct config_source *config;
	int64_t epoch_ns;      /* the monotonic time of pts 0 in the worker before this one; 0: begin with pts 0 */
	struct json_t *wanted; /* names of outputs; NULL: all are */
};

/* text: {"name": "gate", "keys": "text for config_source_from_text()", "epoch_ns": 0, "wanted": ["gate/small"]}.
 * -EINVAL with error text, or 0 and *ret_job for job_finish(). */
int job_read(const char *text, struct job *ret_job);
/* Whether somebody reads that output or waits for it. */
bool job_wants(const struct job *job, const char *output);
void job_finish(struct job *job);

#endif
