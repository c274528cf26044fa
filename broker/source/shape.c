/* shape.c: size, format and colours of what an output publishes. */
#include "source/shape.h"
#include "base/error.h"
#include <errno.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>

int shape_of(const struct config_output *config, enum AVPixelFormat wanted, const AVFrame *frame,
	     struct shape *ret_shape)
{
	enum AVPixelFormat native = picture_native(frame->format);
	if (native == AV_PIX_FMT_NONE)
		return error_set(EINVAL, "its frames stay in the memory of the hardware");
	struct size decoded = {frame->width, frame->height, frame->sample_aspect_ratio};
	struct shape shape = {.format = wanted == AV_PIX_FMT_NONE ? native : wanted,
			      .size = size_resolve(decoded, config->width, config->height)};
	shape.converted = shape.format != (enum AVPixelFormat)frame->format || shape.size.width != frame->width ||
			  shape.size.height != frame->height;
	*ret_shape = shape;
	return 0;
}

static bool is_rgb(enum AVPixelFormat format)
{
	return av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB;
}

/* libswscale gives RGB over the full range, and YUV over the range of its kind: full for yuvj420p and its like. */
static void describe_colors(const struct shape *shape, const AVFrame *frame, struct fb_stream_info *info)
{
	bool full = strncmp(info->format, "yuvj", 4) == 0;
	enum AVColorSpace space = frame->colorspace;
	enum AVColorRange range = frame->color_range;
	if (is_rgb(shape->format)) {
		space = AVCOL_SPC_RGB;
		range = AVCOL_RANGE_JPEG;
	} else if (shape->converted) {
		if (space == AVCOL_SPC_RGB)
			space = AVCOL_SPC_UNSPECIFIED;
		range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
	}
	const char *space_name = av_color_space_name(space), *range_name = av_color_range_name(range);
	snprintf(info->color_space, sizeof info->color_space, "%s", space_name ? space_name : "unknown");
	snprintf(info->color_range, sizeof info->color_range, "%s", range_name ? range_name : "unknown");
}

void shape_layout(const struct shape *shape, const AVFrame *frame, const struct picture *picture, AVRational frame_rate,
		  int rotation, uint32_t claims, struct fb_worker_layout *ret_layout)
{
	struct fb_worker_layout layout = {.claims = claims};
	struct fb_stream_info *info = &layout.info;
	info->media = FB_VIDEO;
	info->width = (uint32_t)shape->size.width;
	info->height = (uint32_t)shape->size.height;
	info->frame_rate = (struct fb_rational){frame_rate.num, frame_rate.den};
	info->sample_aspect_ratio =
		(struct fb_rational){shape->size.sample_aspect_ratio.num, shape->size.sample_aspect_ratio.den};
	info->rotation = rotation;
	snprintf(info->format, sizeof info->format, "%s", av_get_pix_fmt_name(shape->format));
	describe_colors(shape, frame, info);
	info->planes = picture_planes(shape->format, shape->size.width, shape->size.height, info->plane);
	info->slot_bytes = picture->bytes;
	memcpy(layout.plane_offset, picture->offset, sizeof layout.plane_offset);
	memcpy(layout.linesize, picture->linesize, sizeof layout.linesize);
	*ret_layout = layout;
}
