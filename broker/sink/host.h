/* host.h: what all threads of a sink worker share: its keys, its clock, the packets on their way out, its report. */
#ifndef FRAMEBROKER_SINK_HOST_H
#define FRAMEBROKER_SINK_HOST_H
#include "config/sink.h"
#include "sink/queue.h"
#include "sink/report.h"
#include "sink/timeline.h"
#include <framebroker.h>
#include <pthread.h>

struct host {
	fb_broker *broker;
	const struct config_sink *config;
	struct report *report;
	struct queue *queue;
	bool same_clock;    /* the pts of picture and sound are of one time base */
	bool global_header; /* what the muxer wants of encoders */
	bool unpaced;       /* as fast as it goes: frame_ahead is as large as that */
	int sample_rate;    /* what the muxer wants of sound, 0: nothing */
	pthread_mutex_t lock;
	struct timeline timeline; /* under the lock */
};

/* Whether the worker is to stop. Any thread. */
bool host_stopping(const struct host *host);

/* As timeline_place() and timeline_start(), now and for any thread. *ret_late_ns: how long after its time it came. */
int64_t host_place(struct host *host, struct timeline_track *track, const struct timeline_frame *frame,
		   int64_t *ret_late_ns);
void host_start(struct host *host);

/* The playing position; and the monotonic time of position 0. */
int64_t host_position(struct host *host);
int64_t host_start_ns(struct host *host);

/* Sleeps until that monotonic time, or until the worker is to stop. */
void host_sleep_until(const struct host *host, int64_t until_ns);

#endif
