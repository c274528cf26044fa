/* picture.c: one frame as packed RGB, row by row. */
#include "picture.h"
#include "yuv.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the bytes of a pixel stand in a packed format. */
struct packed {
	const char *name;
	uint8_t step, red, green, blue;
};

static const struct packed packed_formats[] = {
	{"rgb24", 3, 0, 1, 2}, {"bgr24", 3, 2, 1, 0}, {"rgba", 4, 0, 1, 2}, {"bgra", 4, 2, 1, 0}, {"gray", 1, 0, 0, 0},
};

static const struct packed *packed_find(const char *format)
{
	for (size_t i = 0; i < sizeof(packed_formats) / sizeof(packed_formats[0]); i++)
		if (strcmp(packed_formats[i].name, format) == 0)
			return &packed_formats[i];
	return NULL;
}

static void packed_row(const struct packed *packed, const uint8_t *in, uint32_t width, uint8_t *rgb)
{
	for (uint32_t x = 0; x < width; x++, in += packed->step, rgb += 3) {
		rgb[0] = in[packed->red];
		rgb[1] = in[packed->green];
		rgb[2] = in[packed->blue];
	}
}

int picture_from_frame(const struct fb_frame *frame, struct picture *ret_picture)
{
	const struct fb_stream_info *info = frame->info;
	const struct packed *packed = packed_find(info->format);
	struct yuv yuv;
	if (info->media != FB_VIDEO || (!packed && !yuv_init(&yuv, info)))
		return -ENOTSUP;

	struct picture picture = {.width = info->width, .height = info->height};
	size_t row_bytes = (size_t)picture.width * 3;
	picture.rgb = malloc(row_bytes * picture.height);
	if (!picture.rgb)
		return -ENOMEM;
	for (uint32_t y = 0; y < picture.height; y++) {
		uint8_t *row = picture.rgb + y * row_bytes;
		if (packed)
			packed_row(packed, frame->data[0] + (ptrdiff_t)y * frame->linesize[0], picture.width, row);
		else
			yuv_row(&yuv, frame, y, row);
	}
	*ret_picture = picture;
	return 0;
}

void picture_clear(struct picture *picture)
{
	free(picture->rgb);
	*picture = (struct picture){0};
}
