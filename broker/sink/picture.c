/* picture.c: a buffer whose free function lets go of the ring's frame, and a pool for what is converted. */
#include "sink/picture.h"
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>

#define ALIGN 64

static void release_frame(void *opaque, uint8_t *data)
{
	(void)data;
	fb_frame_release(opaque);
	free(opaque);
}

static void describe(const struct fb_frame *ring, AVFrame *frame)
{
	const struct fb_stream_info *info = ring->info;
	int space = av_color_space_from_name(info->color_space), range = av_color_range_from_name(info->color_range);
	frame->width = (int)info->width;
	frame->height = (int)info->height;
	frame->sample_aspect_ratio = (AVRational){info->sample_aspect_ratio.num, info->sample_aspect_ratio.den};
	frame->colorspace = space < 0 ? AVCOL_SPC_UNSPECIFIED : (enum AVColorSpace)space;
	frame->color_range = range < 0 ? AVCOL_RANGE_UNSPECIFIED : (enum AVColorRange)range;
	for (int i = 0; i < 4; i++) {
		frame->data[i] = (uint8_t *)ring->data[i]; /* only ever read: the buffer says so */
		frame->linesize[i] = ring->linesize[i];
	}
}

static int hold(struct fb_frame *ring, AVFrame *frame)
{
	struct fb_frame *held = malloc(sizeof *held);
	if (!held)
		return AVERROR(ENOMEM);
	*held = *ring;
	size_t size = (size_t)ring->info->slot_bytes;
	frame->buf[0] = av_buffer_create(frame->data[0], size, release_frame, held, AV_BUFFER_FLAG_READONLY);
	if (!frame->buf[0]) {
		free(held);
		return AVERROR(ENOMEM);
	}
	return 0;
}

int picture_keep(AVFrame *frame)
{
	AVFrame *copy = av_frame_alloc();
	if (!copy)
		return AVERROR(ENOMEM);
	copy->format = frame->format;
	copy->width = frame->width;
	copy->height = frame->height;
	int r = av_frame_get_buffer(copy, 0);
	if (r >= 0)
		r = av_frame_copy(copy, frame);
	if (r >= 0)
		r = av_frame_copy_props(copy, frame);
	if (r >= 0) {
		av_frame_unref(frame);
		av_frame_move_ref(frame, copy);
	}
	av_frame_free(&copy);
	return r;
}

int picture_from_ring(struct fb_frame *ring, bool copy, AVFrame **ret_frame, struct media_error *ret_error)
{
	AVFrame *frame = av_frame_alloc();
	enum AVPixelFormat format = av_get_pix_fmt(ring->info->format);
	int r = frame ? 0 : AVERROR(ENOMEM);
	if (ring->info->media != FB_VIDEO || format == AV_PIX_FMT_NONE) {
		r = error_say(ret_error, "name a stream with pictures",
			      "video: these are no pictures that FFmpeg knows");
	} else if (frame) {
		frame->format = format;
		describe(ring, frame);
		if (copy) {
			r = picture_keep(frame);
			if (r >= 0)
				fb_frame_release(ring);
		} else {
			r = hold(ring, frame);
		}
	}
	if (r < 0) {
		if (r == AVERROR(ENOMEM))
			error_say(ret_error, "", "out of memory");
		fb_frame_release(ring);
		av_frame_free(&frame);
		return -EINVAL;
	}
	*ret_frame = frame;
	return 0;
}

static int allocate(struct scaler *scaler, const struct video_format *format, AVFrame *frame)
{
	int size = av_image_get_buffer_size(format->format, format->width, format->height, ALIGN);
	if (size < 0)
		return size;
	if (!scaler->pool || scaler->pool_size != (size_t)size) {
		av_buffer_pool_uninit(&scaler->pool);
		scaler->pool_size = (size_t)size;
		scaler->pool = av_buffer_pool_init((size_t)size + ALIGN, NULL);
	}
	frame->buf[0] = scaler->pool ? av_buffer_pool_get(scaler->pool) : NULL;
	if (!frame->buf[0])
		return AVERROR(ENOMEM);
	frame->format = format->format;
	frame->width = format->width;
	frame->height = format->height;
	return av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, format->format, format->width,
				    format->height, ALIGN);
}

static void describe_scaled(const AVFrame *from, const struct video_format *format, AVFrame *frame)
{
	frame->pts = from->pts;
	frame->sample_aspect_ratio = format->sample_aspect_ratio;
	frame->colorspace = format->color_space;
	frame->color_range = format->color_range;
}

int scaler_run(struct scaler *scaler, AVFrame *frame, const struct video_format *format, AVFrame **ret_frame)
{
	bool as_it_is = frame->format == (int)format->format && frame->width == format->width &&
			frame->height == format->height;
	AVFrame *scaled = as_it_is ? av_frame_clone(frame) : av_frame_alloc();
	if (!scaled)
		return AVERROR(ENOMEM);
	if (!as_it_is) {
		if (av_pix_fmt_desc_get(frame->format)->flags & AV_PIX_FMT_FLAG_RGB)
			frame->colorspace = format->color_space; /* the matrix to convert with */
		int r = allocate(scaler, format, scaled);
		if (r >= 0)
			r = convert_run(&scaler->convert, frame, format->format, format->width, format->height,
					SWS_BICUBIC, scaled->data, scaled->linesize);
		if (r < 0) {
			av_frame_free(&scaled);
			return r;
		}
	}
	describe_scaled(frame, format, scaled);
	*ret_frame = scaled;
	return 0;
}

void scaler_finish(struct scaler *scaler)
{
	convert_finish(&scaler->convert);
	av_buffer_pool_uninit(&scaler->pool);
}
