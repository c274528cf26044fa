/* y4m.c: the header of a yuv4mpeg stream. */
#include "y4m.h"
#include <stdio.h>
#include <string.h>

static const struct {
	const char *format, *name;
	bool full;
} formats[] = {
	{"yuv420p", "420jpeg", false}, {"yuvj420p", "420jpeg", true}, {"yuv422p", "422", false},
	{"yuvj422p", "422", true},     {"yuv444p", "444", false},     {"yuvj444p", "444", true},
	{"gray", "mono", false},
};

bool y4m_header(const struct fb_stream_info *info, char *buffer, size_t size)
{
	struct fb_rational rate = info->frame_rate, aspect = info->sample_aspect_ratio;
	if (info->media != FB_VIDEO)
		return false;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].format, info->format) != 0)
			continue;
		bool full = formats[i].full || strcmp(info->color_range, "pc") == 0;
		bool limited = !full && strcmp(info->color_range, "tv") == 0;
		if (rate.num <= 0 || rate.den <= 0)
			rate = (struct fb_rational){0, 0}; /* yuv4mpeg for: not known */
		if (aspect.num <= 0 || aspect.den <= 0)
			aspect = (struct fb_rational){0, 0};
		snprintf(buffer, size, "YUV4MPEG2 W%u H%u F%d:%d Ip A%d:%d C%s%s\n", info->width, info->height,
			 rate.num, rate.den, aspect.num, aspect.den, formats[i].name,
			 full      ? " XCOLORRANGE=FULL"
			 : limited ? " XCOLORRANGE=LIMITED"
				   : "");
		return true;
	}
	return false;
}
