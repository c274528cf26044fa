/* job.h: what the core wants this worker to do. */
#ifndef FRAMEBROKER_SINK_JOB_H
#define FRAMEBROKER_SINK_JOB_H
#include "base/limits.h"
#include "config/sink.h"

/* A track that is copied: where its packets are. */
struct job_packets {
	char stream[LIMIT_NAME + 1]; /* "": the track is encoded */
	int track;                   /* its number among those of its media; CONFIG_AUTO: the first */
};

struct job {
	struct config_sink *config;
	struct job_packets video, audio;
	bool same_clock;              /* picture and sound descend from one source: their pts are of one time base */
	char packets[LIMIT_NAME + 1]; /* the stream for what is encoded; "": none */
};

/* text: {"name": "live", "keys": "text for config_sink_from_text()", "same_clock": true, "packets": "", "video":
 * {"stream": "gate/packets", "track": -1}}; video and audio only where they are copied. -EINVAL with error text, or 0
 * and *ret_job for job_finish(). */
int job_read(const char *text, struct job *ret_job);
void job_finish(struct job *job);

#endif
