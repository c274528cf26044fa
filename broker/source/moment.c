/* moment.c: what a frame carries itself, and what is remembered of its packet. */
#include "source/moment.h"
#include <framebroker.h>
#include <stdbool.h>

struct moment moment_of(const AVFrame *frame, const struct arrivals *arrivals)
{
	struct arrival arrival = arrivals_find(arrivals, frame->reordered_opaque);
	bool corrupt = (frame->flags & AV_FRAME_FLAG_CORRUPT) || frame->decode_error_flags;
	return (struct moment){
		.pts_ns = frame->pts,
		.duration_ns = frame->pkt_duration > 0 ? frame->pkt_duration : 0,
		.capture_ns = arrival.capture_ns,
		.utc_ns = arrival.utc_ns,
		.flags = (frame->key_frame ? FB_KEY_FRAME : 0) | (corrupt ? FB_CORRUPT : 0),
		.breaks = arrival.breaks,
	};
}
