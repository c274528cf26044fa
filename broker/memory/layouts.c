/* layouts.c: plane sizes of the formats that programs may write without FFmpeg, and what core adds to a layout. */
#include "memory/layouts.h"
#include "base/error.h"
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct plane_shape {
	uint8_t components, sample_bytes, shift_x, shift_y; /* 0 components: no such plane */
};

static const struct video_format {
	const char *name; /* FFmpeg's */
	struct plane_shape planes[LIMIT_PLANES];
} video_formats[] = {
	{"rgb24", {{3, 1, 0, 0}}},
	{"bgr24", {{3, 1, 0, 0}}},
	{"rgba", {{4, 1, 0, 0}}},
	{"bgra", {{4, 1, 0, 0}}},
	{"gray", {{1, 1, 0, 0}}},
	{"gray16le", {{1, 2, 0, 0}}},
	{"yuv420p", {{1, 1, 0, 0}, {1, 1, 1, 1}, {1, 1, 1, 1}}},
	{"yuv422p", {{1, 1, 0, 0}, {1, 1, 1, 0}, {1, 1, 1, 0}}},
	{"yuv444p", {{1, 1, 0, 0}, {1, 1, 0, 0}, {1, 1, 0, 0}}},
	{"nv12", {{1, 1, 0, 0}, {2, 1, 1, 1}}},
};

static const struct video_format *find_video_format(const char *name)
{
	for (size_t i = 0; i < sizeof video_formats / sizeof video_formats[0]; i++)
		if (strcmp(video_formats[i].name, name) == 0)
			return &video_formats[i];
	return NULL;
}

static uint32_t shift_up(uint32_t size, unsigned shift)
{
	return (size + (1u << shift) - 1) >> shift;
}

static uint64_t align(uint64_t size)
{
	return (size + 63) / 64 * 64;
}

static int missing(const struct config_output *output, const char *what)
{
	return error_set(EINVAL, "stream %s: %s needed before a program can write it", output->name, what);
}

static int video_layout(const struct config_output *output, struct ring_layout *layout)
{
	struct fb_stream_info *info = &layout->info;
	if (!*output->pixel_format || output->width <= 0 || output->height <= 0)
		return missing(output, "pixel_format, width and height are");
	if (output->width > LIMIT_DIMENSION || output->height > LIMIT_DIMENSION)
		return error_set(EINVAL, "stream %s: %dx%d is more than %d in one direction", output->name,
				 output->width, output->height, LIMIT_DIMENSION);
	const struct video_format *format = find_video_format(output->pixel_format);
	if (!format)
		return error_set(EINVAL,
				 "stream %s: programs cannot write pixel_format %s; use one of rgb24 bgr24 rgba bgra "
				 "gray gray16le yuv420p yuv422p yuv444p nv12",
				 output->name, output->pixel_format);
	snprintf(info->format, sizeof info->format, "%s", format->name);
	info->width = (uint32_t)output->width;
	info->height = (uint32_t)output->height;
	info->frame_rate = (struct fb_rational){output->frame_rate.numerator, output->frame_rate.denominator};
	info->sample_aspect_ratio = (struct fb_rational){1, 1};
	for (unsigned i = 0; i < LIMIT_PLANES && format->planes[i].components; i++) {
		const struct plane_shape *shape = &format->planes[i];
		struct fb_plane *plane = &info->plane[info->planes++];
		plane->components = shape->components;
		plane->sample_bytes = shape->sample_bytes;
		plane->rows = shift_up(info->height, shape->shift_y);
		plane->row_bytes = shift_up(info->width, shape->shift_x) * shape->components * shape->sample_bytes;
		layout->linesize[i] = (int32_t)align(plane->row_bytes);
		layout->plane_offset[i] = (uint32_t)info->slot_bytes;
		info->slot_bytes += (uint64_t)plane->rows * (uint32_t)layout->linesize[i];
	}
	return 0;
}

static int audio_layout(const struct config_output *output, struct ring_layout *layout)
{
	static const struct {
		const char *name;
		uint16_t bytes;
	} formats[] = {[CONFIG_S16] = {"s16", 2}, [CONFIG_S32] = {"s32", 4}, [CONFIG_FLT] = {"flt", 4}};
	struct fb_stream_info *info = &layout->info;
	if (output->sample_rate <= 0 || output->channels <= 0 || output->frame_size <= 0)
		return missing(output, "sample_rate, channels and frame_size are");
	uint64_t row_bytes = (uint64_t)output->channels * formats[output->sample_format].bytes;
	if (row_bytes * (uint64_t)output->frame_size > LIMIT_SLOT_BYTES)
		return error_set(EINVAL, "stream %s: a frame of %d samples in %d channels is too large", output->name,
				 output->frame_size, output->channels);
	snprintf(info->format, sizeof info->format, "%s", formats[output->sample_format].name);
	info->sample_rate = (uint32_t)output->sample_rate;
	info->channels = (uint32_t)output->channels;
	info->frame_size = (uint32_t)output->frame_size;
	info->planes = 1;
	info->plane[0] = (struct fb_plane){info->frame_size, (uint32_t)row_bytes, (uint16_t)output->channels,
					   formats[output->sample_format].bytes};
	layout->linesize[0] = (int32_t)row_bytes;
	info->slot_bytes = align(row_bytes * info->frame_size);
	return 0;
}

int layout_from_output(const struct config_output *output, struct ring_layout *ret_layout)
{
	struct ring_layout layout = {.info.media = (enum fb_media)output->media};
	int r = 0;
	if (output->media == CONFIG_VIDEO)
		r = video_layout(output, &layout);
	else if (output->media == CONFIG_AUDIO)
		r = audio_layout(output, &layout);
	else
		r = error_set(ENOTSUP, "stream %s: programs cannot write packets in this version", output->name);
	if (r == 0)
		*ret_layout = layout;
	return r;
}

int layout_from_bytes(const void *bytes, size_t size, struct ring_layout *ret_layout)
{
	if (size != sizeof *ret_layout)
		return error_set(EPROTO, "a layout of %zu bytes is not one", size);
	memcpy(ret_layout, bytes, size);
	return 0;
}

/* The key's, or what the media has; of packets the writer knows how many its byte ring has room for. */
static uint64_t depth_of(const struct ring_layout *layout, const struct config_output *output, uint32_t claims)
{
	uint64_t depth = (uint64_t)(output->depth != CONFIG_DEPTH_AUTO
					    ? output->depth
					    : config_auto_depth((enum config_media)layout->info.media));
	return layout->info.media == FB_PACKET && claims > depth ? claims : depth;
}

int layout_complete(struct ring_layout *layout, const struct config_output *output, uint32_t claims)
{
	bool packets = layout->info.media == FB_PACKET;
	uint64_t depth = depth_of(layout, output, claims);
	uint64_t slots = depth + (uint64_t)output->spare + (claims > 0 && !packets ? claims : 1);
	uint64_t most = packets ? LIMIT_PACKETS : LIMIT_SLOTS;
	if (slots > most)
		return error_set(EINVAL, "stream %s: %" PRIu64 " slots are more than %d", output->name, slots,
				 LIMIT_SLOTS);
	layout->info.depth = (uint32_t)depth;
	layout->info.max_metadata = packets ? LIMIT_METADATA : (uint32_t)output->metadata_bytes;
	memset(layout->info.reserved, 0, sizeof layout->info.reserved);
	layout->slots = (uint32_t)slots;
	layout->index_size = ring_index_size(layout->slots);
	layout->max_readers = (uint32_t)output->max_readers;
	layout->max_held = (uint32_t)output->max_held;
	layout->max_writers = 1;
	layout->reserved = 0;
	layout->lossless_timeout_ns = output->lossless_timeout_ns;
	return 0;
}
