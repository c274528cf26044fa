/* encoder.h: one FFmpeg encoder: found by name, opened with options that it knows, its packets put into the queue. */
#ifndef FRAMEBROKER_SINK_ENCODER_H
#define FRAMEBROKER_SINK_ENCODER_H
#include "config/types.h"
#include "media/errors.h"
#include "sink/host.h"
#include <libavcodec/avcodec.h>

struct encoder {
	struct host *host;
	unsigned track; /* of the queue */
	AVCodecContext *context;
	AVPacket *packet;
	int64_t in_pts; /* of what went in last */
};

/* -EINVAL, and an error that lists those there are. name: FFmpeg's. */
int encoder_find(const char *name, enum AVMediaType type, const AVCodec **ret_codec, struct media_error *ret_error);

/* Opens a context that has been filled in; profile: "" for the encoder's choice. Takes the context, on failure too. The
 * track of the queue begins. -EINVAL with the error. */
int encoder_open(struct host *host, unsigned track, AVCodecContext *context, const char *profile,
		 const struct config_dictionary *codec_options, int64_t origin_ns, struct encoder **ret_encoder,
		 struct media_error *ret_error);
void encoder_close(struct encoder *encoder); /* NULL is fine */

/* Encodes a frame, its pts in the context's time base; NULL: no more come, the encoder gives its last. Negative
 * AVERROR.
 */
int encoder_encode(struct encoder *encoder, const AVFrame *frame);

#endif
