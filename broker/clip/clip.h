/* clip.h: takes a clip out of a stream of packets: what is in its ring, and what comes. */
#ifndef FRAMEBROKER_CLIP_CLIP_H
#define FRAMEBROKER_CLIP_CLIP_H
#include <framebroker.h>
#include <signal.h>
#include <stdbool.h>

struct clip_request {
	const char *stream, *path;
	int64_t now_ns, before_ns, after_ns; /* now: CLOCK_MONOTONIC */
	const volatile sig_atomic_t *stop;   /* set: -ECANCELED, and no file stays */
};

struct clip_result {
	int64_t begin_utc_ns, end_utc_ns;
	bool complete;  /* all that was asked for is in it */
	char note[512]; /* what is not; "" */
};

/* Begins with the last key frame that came before_ns ago or earlier, or else with the first one there is; waits for
 * what comes in after_ns. -ENODATA: there was nothing to begin with; another negative errno; with error text. */
int clip_take(fb_broker *broker, const struct clip_request *request, struct clip_result *ret_result);

#endif
