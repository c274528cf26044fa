/* size.h: the size of an output's picture from the keys width and height. */
#ifndef FRAMEBROKER_MEDIA_SIZE_H
#define FRAMEBROKER_MEDIA_SIZE_H
#include <libavutil/rational.h>

struct size {
	int width, height;
	AVRational sample_aspect_ratio; /* 0/1: not known */
};

/* width and height 0: native. One given: the other keeps the proportions, rounded to even, as scale=W:-2 does; both:
 * stretched. The sample aspect ratio changes so that what is seen keeps its shape. */
struct size size_resolve(struct size native, int width, int height);

#endif
