/* rate.h: which frames an output of a lower rate leaves out, and which one of an exact rate repeats. */
#ifndef FRAMEBROKER_SOURCE_RATE_H
#define FRAMEBROKER_SOURCE_RATE_H
#include "config/output.h"
#include <stdbool.h>
#include <stdint.h>

struct rate {
	struct config_rate rate; /* numerator 0: every frame */
	enum config_fps_mode mode;
	bool begun;
	int64_t due_ns;  /* vfr: when the next frame is to be taken */
	int64_t last_ns; /* vfr: the frame before this one */
	int64_t tick;    /* cfr: the last tick that has a frame */
};

/* What to do when a frame comes: publish the one before it `repeats` times, at ticks repeat_tick and following; then
 * publish this one where take is set, at pts_ns. */
struct rate_step {
	int64_t repeat_tick, repeats;
	bool take;
	int64_t pts_ns;
};

struct rate_step rate_next(struct rate *rate, int64_t pts_ns);

/* Begins anew, after a jump in time that is not to be filled with repeated frames. */
void rate_restart(struct rate *rate);

/* cfr: the time of a tick. */
int64_t rate_tick_ns(const struct rate *rate, int64_t tick);

/* The time from one frame to the next; 0 where every frame is taken. */
int64_t rate_interval_ns(const struct rate *rate);

#endif
