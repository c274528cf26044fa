/* picture.h: one frame as packed RGB, for files that people look at. */
#ifndef FRAMEBROKER_CLI_PICTURE_H
#define FRAMEBROKER_CLI_PICTURE_H
#include <framebroker.h>

struct picture {
	uint32_t width, height;
	uint8_t *rgb; /* height rows of 3 x width bytes */
};

/* Converts by the frame's colour space and range. 0 and a picture for picture_clear(); -ENOTSUP: a pixel format that it
 * does not know. */
int picture_from_frame(const struct fb_frame *frame, struct picture *ret_picture);

void picture_clear(struct picture *picture);

#endif
