/* info.c: struct fb_stream_info as a tuple. */
#define PY_SSIZE_T_CLEAN
#include "info.h"
#include <string.h>

static PyObject *text_of(const char *text, size_t size)
{
	return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strnlen(text, size), "replace");
}

PyObject *info_tuple(PyObject *name, enum fb_state state, const struct fb_stream_info *info)
{
	static const struct fb_stream_info zero;
	if (!info)
		info = &zero;
	const char *pixel_format = info->media == FB_VIDEO ? info->format : "";
	const char *sample_format = info->media == FB_AUDIO ? info->format : "";
	return Py_BuildValue(
		"(OiiIIIN(ii)(ii)iNNNIIII)", name, (int)state, (int)info->media, info->generation, info->width,
		info->height, text_of(pixel_format, sizeof info->format), info->frame_rate.num, info->frame_rate.den,
		info->sample_aspect_ratio.num, info->sample_aspect_ratio.den, info->rotation,
		text_of(info->color_space, sizeof info->color_space),
		text_of(info->color_range, sizeof info->color_range), text_of(sample_format, sizeof info->format),
		info->sample_rate, info->channels, info->frame_size, info->depth);
}
