/* picture.h: how a picture lies in one block of memory: where each plane begins and how long its lines are. */
#ifndef FRAMEBROKER_SOURCE_PICTURE_H
#define FRAMEBROKER_SOURCE_PICTURE_H
#include <framebroker.h>
#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct picture {
	enum AVPixelFormat format;
	int width, height; /* of the memory: a decoder's is larger than what is seen */
	uint32_t offset[4];
	int linesize[4];
	size_t bytes; /* a multiple of 64 */
};

/* Why frames of this format cannot be put into slots, as the end of a sentence; NULL where they can. */
const char *picture_refusal(enum AVPixelFormat format);

/* The format to publish where `native` is asked and a decoder gives this one: itself, or rgb24 or gray for formats
 * with a palette or less than a byte a pixel. AV_PIX_FMT_NONE: there is none, the pictures are not in memory. */
enum AVPixelFormat picture_native(enum AVPixelFormat decoded);

/* Lines begin at multiples of 64 bytes, planes follow one another. -EINVAL with error text. */
int picture_compact(enum AVPixelFormat format, int width, int height, struct picture *ret_picture);

/* What a decoder needs for a frame that its get_buffer2() asks for, exactly as avcodec_default_get_buffer2() does it:
 * some decoders do not bear lines whose length changes. -EINVAL with error text. Any of the decoder's threads. */
int picture_decoder(AVCodecContext *decoder, const AVFrame *frame, struct picture *ret_picture);

bool picture_equal(const struct picture *a, const struct picture *b);

/* The planes of a width x height picture as readers see them; returns how many. */
uint32_t picture_planes(enum AVPixelFormat format, int width, int height, struct fb_plane ret_planes[4]);

#endif
