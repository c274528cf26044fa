/* moment.h: when a decoded frame is, and what is to be said about it. */
#ifndef FRAMEBROKER_SOURCE_MOMENT_H
#define FRAMEBROKER_SOURCE_MOMENT_H
#include "source/arrivals.h"
#include <libavutil/frame.h>

struct moment {
	int64_t pts_ns, duration_ns;
	int64_t capture_ns, utc_ns;
	uint32_t flags;  /* FB_KEY_FRAME, FB_CORRUPT */
	uint32_t breaks; /* discontinuities of the source up to here */
};

/* Of a frame whose pts and pkt_duration are nanoseconds. */
struct moment moment_of(const AVFrame *frame, const struct arrivals *arrivals);

#endif
