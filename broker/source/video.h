/* video.h: one video output: decoded frames in, filtered, thinned out, converted, published. */
#ifndef FRAMEBROKER_SOURCE_VIDEO_H
#define FRAMEBROKER_SOURCE_VIDEO_H
#include "source/inplace.h"
#include "source/output.h"
#include <libavcodec/avcodec.h>

/* What frames do not say themselves. */
struct video_source {
	const AVCodecContext *decoder;
	AVRational frame_rate; /* 0/1: not known */
	int rotation;          /* degrees clockwise that turn the picture upright */
	bool live;
};

struct video;

/* The pixel format that an output asks for; AV_PIX_FMT_NONE: native. -EINVAL and *ret_error: it cannot be had. */
int video_find_format(const struct config_output *config, enum AVPixelFormat *ret_format,
		      struct media_error *ret_error);

/* Checks the keys. -EINVAL and *ret_error, or 0 and *ret_video. */
int video_create(const struct config_output *config, const struct output_host *host, struct video **ret_video,
		 struct media_error *ret_error);
void video_destroy(struct video *video, bool end); /* NULL is fine; end: the stream ends too */
struct output *video_output(struct video *video);

/* Where a decoder of that format may put this output's frames; NULL where they are changed first. Owned by the video.
 */
struct inplace *video_inplace(struct video *video, enum AVPixelFormat decoded);

/* Frames of another connection begin. */
void video_begin(struct video *video, const struct video_source *source);

/* Nobody wants its frames for now: gives the memory back, and forgets what filters held. */
void video_rest(struct video *video);

/* A decoded frame, its pts and pkt_duration in nanoseconds; stays the caller's. 0, also where it was dropped, or
 * -ECANCELED: the worker is to stop. */
int video_frame(struct video *video, AVFrame *frame, const struct arrivals *arrivals);

/* No more come from this decoder: what a filter holds back comes out. */
int video_drain(struct video *video, const struct arrivals *arrivals);

#endif
