/* video_encoder.h: the keys of `video:` as an encoder's settings. */
#ifndef FRAMEBROKER_SINK_VIDEO_ENCODER_H
#define FRAMEBROKER_SINK_VIDEO_ENCODER_H
#include "sink/encoder.h"
#include <libavutil/frame.h>

/* What the encoder is given. */
struct video_format {
	enum AVPixelFormat format;
	int width, height;
	AVRational sample_aspect_ratio;
	enum AVColorSpace color_space;
	enum AVColorRange color_range;
};

/* What frames like this one are turned into for that encoder. -EINVAL with the error. */
int video_encoder_format(const struct config_sink_video *config, const AVCodec *codec, const AVFrame *frame,
			 struct video_format *ret_format, struct media_error *ret_error);

/* Whether the encoder's time stamps count frames, so that only an exact rate can be told. */
bool video_encoder_counts_frames(const AVCodec *codec);

/* Whether it has a copy of its own of every frame when encoder_encode() returns. */
bool video_encoder_copies(const AVCodec *codec);

/* Opens it for such pictures at that rate; time stamp 0 is origin_ns. -EINVAL with the error. */
int video_encoder_open(struct host *host, const AVCodec *codec, const struct video_format *format, AVRational rate,
		       int64_t origin_ns, struct encoder **ret_encoder, struct media_error *ret_error);

#endif
