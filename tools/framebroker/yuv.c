/* yuv.c: planar YUV to RGB. A snapshot a second is its load, so plain integer arithmetic does. */
#include "yuv.h"
#include <math.h>
#include <string.h>

static const struct {
	const char *name;
	int shift_x, shift_y;
	bool interleaved, full;
} formats[] = {
	{"yuv420p", 1, 1, false, false}, {"yuvj420p", 1, 1, false, true}, {"nv12", 1, 1, true, false},
	{"yuv422p", 1, 0, false, false}, {"yuvj422p", 1, 0, false, true}, {"yuv444p", 0, 0, false, false},
	{"yuvj444p", 0, 0, false, true},
};

/* The weights of red and blue in the luma. Where the source does not say, its size does, as players guess. */
static void matrix_weights(const struct fb_stream_info *info, double *ret_red, double *ret_blue)
{
	const char *space = info->color_space;
	bool bt709 = strcmp(space, "bt709") == 0;
	bool told =
		bt709 || strcmp(space, "smpte170m") == 0 || strcmp(space, "bt470bg") == 0 || strcmp(space, "fcc") == 0;

	if (strncmp(space, "bt2020", 6) == 0) {
		*ret_red = 0.2627;
		*ret_blue = 0.0593;
	} else if (bt709 || (!told && info->height >= 720)) {
		*ret_red = 0.2126;
		*ret_blue = 0.0722;
	} else {
		*ret_red = 0.299;
		*ret_blue = 0.114;
	}
}

static int32_t fixed(double number)
{
	return (int32_t)lround(number * 65536);
}

bool yuv_init(struct yuv *ret_yuv, const struct fb_stream_info *info)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, info->format) != 0)
			continue;
		bool full = formats[i].full || strcmp(info->color_range, "pc") == 0;
		double red, blue, chroma = full ? 1 : 255.0 / 224;
		matrix_weights(info, &red, &blue);
		double green = 1 - red - blue;
		*ret_yuv = (struct yuv){
			.width = info->width,
			.shift_x = formats[i].shift_x,
			.shift_y = formats[i].shift_y,
			.interleaved = formats[i].interleaved,
			.offset = full ? 0 : 16,
			.luma = fixed(full ? 1 : 255.0 / 219),
			.v_red = fixed(chroma * 2 * (1 - red)),
			.u_green = fixed(chroma * 2 * (1 - blue) * blue / green),
			.v_green = fixed(chroma * 2 * (1 - red) * red / green),
			.u_blue = fixed(chroma * 2 * (1 - blue)),
		};
		return true;
	}
	return false;
}

static uint8_t clamp(int32_t value)
{
	value = (value + 32768) >> 16;
	return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

void yuv_row(const struct yuv *yuv, const struct fb_frame *frame, uint32_t y, uint8_t *rgb)
{
	ptrdiff_t chroma_row = y >> yuv->shift_y;
	const uint8_t *luma = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
	const uint8_t *u_row = frame->data[1] + chroma_row * frame->linesize[1];
	const uint8_t *v_row = yuv->interleaved ? u_row + 1 : frame->data[2] + chroma_row * frame->linesize[2];
	uint32_t step = yuv->interleaved ? 2 : 1;

	for (uint32_t x = 0; x < yuv->width; x++, rgb += 3) {
		uint32_t at = (x >> yuv->shift_x) * step;
		int32_t grey = (luma[x] - yuv->offset) * yuv->luma, u = u_row[at] - 128, v = v_row[at] - 128;
		rgb[0] = clamp(grey + v * yuv->v_red);
		rgb[1] = clamp(grey - u * yuv->u_green - v * yuv->v_green);
		rgb[2] = clamp(grey + u * yuv->u_blue);
	}
}
