/* picture.h: frames of the ring as FFmpeg's, and as the encoder wants them. */
#ifndef FRAMEBROKER_SINK_PICTURE_H
#define FRAMEBROKER_SINK_PICTURE_H
#include "media/convert.h"
#include "media/errors.h"
#include "sink/video_encoder.h"
#include <framebroker.h>

/* Takes the ring's frame: without a copy, and then it is released when the last reference to *ret_frame goes; or as a
 * copy. -EINVAL with the error where FFmpeg has no such pixel format; the ring's frame is released then too. */
int picture_from_ring(struct fb_frame *ring, bool copy, AVFrame **ret_frame, struct media_error *ret_error);

/* Makes a picture that lies in the ring the process's own. 0 or a negative AVERROR; then it stays as it is. */
int picture_keep(AVFrame *frame);

/* Scales and converts; zeroed before its first use. */
struct scaler {
	struct convert convert;
	AVBufferPool *pool;
	size_t pool_size;
};

/* A new reference to the frame where it has that format already, else a picture of the scaler's own. Negative AVERROR.
 */
int scaler_run(struct scaler *scaler, AVFrame *frame, const struct video_format *format, AVFrame **ret_frame);
void scaler_finish(struct scaler *scaler);

#endif
