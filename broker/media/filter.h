/* filter.h: a libavfilter chain between decoding and scaling. */
#ifndef FRAMEBROKER_MEDIA_FILTER_H
#define FRAMEBROKER_MEDIA_FILTER_H
#include "media/errors.h"
#include <libavutil/frame.h>
#include <libavutil/rational.h>
#include <stdbool.h>

struct filter;

/* Whether there are such filters with such options; a frame may still not suit them. -EINVAL and *ret_error. */
int filter_check(const char *chain, struct media_error *ret_error);

/* chain: as behind ffmpeg's -vf. NULL: out of memory. The chain is built when the first frame shows what it is made
 * for. */
struct filter *filter_create(const char *chain);
void filter_destroy(struct filter *filter); /* NULL is fine */

/* False: the chain was built for other frames. Push NULL and pull to the end; the next push builds it anew. */
bool filter_fits(const struct filter *filter, const AVFrame *frame);

/* Gives it a frame whose pts is nanoseconds; the frame stays the caller's. NULL: no more come, what is left may be
 * taken. Negative AVERROR: the chain is wrong, or cannot take such frames. */
int filter_push(struct filter *filter, const AVFrame *frame, AVRational frame_rate);

/* The next filtered frame, its pts and pkt_duration in nanoseconds. AVERROR(EAGAIN): none now; AVERROR_EOF: none any
 * more. */
int filter_pull(struct filter *filter, AVFrame *ret_frame);

/* Of the frames that come out; 0/1: not known. */
AVRational filter_frame_rate(const struct filter *filter);

#endif
