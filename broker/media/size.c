/* size.c: one side given keeps the proportions, both stretch. */
#include "media/size.h"
#include <libavutil/common.h>
#include <libavutil/mathematics.h>
#include <limits.h>

static int even_side(int given, int native_other, int native_given)
{
	return (int)FFMAX(1, av_rescale(given, native_other, 2 * (int64_t)native_given)) * 2;
}

struct size size_resolve(struct size native, int width, int height)
{
	struct size size = native;
	if (width && height) {
		size.width = width;
		size.height = height;
	} else if (width) {
		size.width = width;
		size.height = even_side(width, native.height, native.width);
	} else if (height) {
		size.width = even_side(height, native.width, native.height);
		size.height = height;
	}
	if (native.sample_aspect_ratio.num > 0 && native.sample_aspect_ratio.den > 0)
		av_reduce(&size.sample_aspect_ratio.num, &size.sample_aspect_ratio.den,
			  (int64_t)native.sample_aspect_ratio.num * size.height * native.width,
			  (int64_t)native.sample_aspect_ratio.den * size.width * native.height, INT_MAX);
	else
		size.sample_aspect_ratio = (AVRational){0, 1};
	return size;
}
