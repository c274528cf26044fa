/* output.c: how much memory an output's frames take, as far as its keys tell. */
#include "config/output.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned bytes; /* of a pixel in the first plane */
	bool chroma;    /* two more planes or a joint one, half as wide and half as high, rounded up */
} pixel_formats[] = {
	{"rgb24", 3, false}, {"bgr24", 3, false},    {"rgba", 4, false},   {"bgra", 4, false},
	{"gray", 1, false},  {"gray16le", 2, false}, {"yuv420p", 1, true}, {"nv12", 1, true},
};

int config_auto_depth(enum config_media media)
{
	return media == CONFIG_AUDIO ? 256 : 8;
}

int config_output_slots(const struct config_output *output)
{
	return output->depth + output->spare + 1;
}

uint64_t config_output_memory(const struct config_output *output, uint64_t frame_bytes)
{
	uint64_t bytes;
	return __builtin_mul_overflow(config_output_slots(output), frame_bytes, &bytes) ? UINT64_MAX : bytes;
}

static int video_bytes(const struct config_output *output, uint64_t *ret_bytes)
{
	uint64_t pixels = (uint64_t)output->width * (uint64_t)output->height;
	uint64_t chroma = (uint64_t)((output->width + 1) / 2) * (uint64_t)((output->height + 1) / 2);
	for (size_t i = 0; pixels && i < sizeof pixel_formats / sizeof *pixel_formats; i++) {
		if (strcmp(output->pixel_format, pixel_formats[i].name))
			continue;
		*ret_bytes = pixels * pixel_formats[i].bytes + (pixel_formats[i].chroma ? 2 * chroma : 0);
		return 0;
	}
	return -ENODATA;
}

int config_output_frame_bytes(const struct config_output *output, uint64_t *ret_bytes)
{
	if (output->media == CONFIG_VIDEO)
		return video_bytes(output, ret_bytes);
	if (output->media != CONFIG_AUDIO || output->channels == CONFIG_NATIVE)
		return -ENODATA;
	unsigned sample_bytes = output->sample_format == CONFIG_S16 ? 2 : 4;
	*ret_bytes = (uint64_t)output->frame_size * (uint64_t)output->channels * sample_bytes;
	return 0;
}
