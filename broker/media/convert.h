/* convert.h: pictures of one size and format into another, by libswscale, straight into a slot. */
#ifndef FRAMEBROKER_MEDIA_CONVERT_H
#define FRAMEBROKER_MEDIA_CONVERT_H
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
#include <stdbool.h>

/* What a conversion depends on; all of it 0 before the first. */
struct convert_key {
	int source_format, source_width, source_height;
	int color_space, color_range;
	int format, width, height, flags;
};

struct convert {
	struct convert_key key;
	struct SwsContext *sws;
};

/* Writes the frame as width x height pixels of format to data. flags: SWS_BICUBIC or SWS_FAST_BILINEAR. A picture that
 * has that size and format already is only copied. Negative AVERROR where libswscale cannot do it. */
int convert_run(struct convert *convert, const AVFrame *frame, enum AVPixelFormat format, int width, int height,
		int flags, uint8_t *const data[4], const int linesize[4]);

void convert_finish(struct convert *convert);

#endif
