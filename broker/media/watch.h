/* watch.h: how long the demuxing thread may go on with what it is doing, and whether it is to stop.
 *
 * FFmpeg asks watch_interrupt() while it waits. Where a library below it does not ask (name resolution, some protocols,
 * drivers), the reporting thread sees that the limit is long past and ends the process. */
#ifndef FRAMEBROKER_MEDIA_WATCH_H
#define FRAMEBROKER_MEDIA_WATCH_H
#include <framebroker.h>
#include <stdatomic.h>
#include <stdbool.h>

#define WATCH_WORK_NS                                                                                                  \
	(30 * INT64_C(1000000000)) /* for steps that end by themselves: decoding one packet, one frame                 \
				    */

struct watch {
	fb_broker *broker;
	_Atomic int64_t deadline_ns;
	atomic_bool expired; /* watch_interrupt() said so */
	int64_t grace_ns;    /* see watch_grace() */
	_Atomic int64_t stop_seen_ns;
};

void watch_init(struct watch *watch, fb_broker *broker);

/* What is being written when the worker is to stop may go on for so long, for the rest and the trailer of a file; 0, as
 * watch_init() sets it: interrupted at once. */
void watch_grace(struct watch *watch, int64_t grace_ns);

/* From now on, timeout_ns for the next step. */
void watch_begin(struct watch *watch, int64_t timeout_ns);

/* Whether the last step was ended by its time limit. */
bool watch_expired(const struct watch *watch);

/* Whether the limit is past by more than late_ns. Any thread. */
bool watch_overdue(const struct watch *watch, int64_t late_ns);

/* Whether the core wants the worker to finish. Any thread. */
bool watch_stopping(const struct watch *watch);

/* For AVIOInterruptCB; opaque is the watch. */
int watch_interrupt(void *opaque);

/* Sleeps until that time on the monotonic clock; false when the worker is to stop, at once. */
bool watch_sleep_until(struct watch *watch, int64_t until_ns);

#endif
