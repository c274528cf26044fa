/* video.c: the path of a picture from the decoder to the readers. */
#include "source/video.h"
#include "base/error.h"
#include "media/avlog.h"
#include "media/convert.h"
#include "media/filter.h"
#include "source/rate.h"
#include "source/shape.h"
#include <errno.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>

struct video {
	struct output output;
	enum AVPixelFormat wanted; /* AV_PIX_FMT_NONE: native */
	struct video_source source;
	struct filter *filter; /* NULL: none */
	AVFrame *filtered;
	struct rate rate;
	uint32_t breaks;
	struct convert convert;
	struct inplace *inplace; /* NULL: frames are changed anyway */
	AVFrame *previous;       /* cfr: to be repeated */
	struct moment previous_moment;
};

int video_find_format(const struct config_output *config, enum AVPixelFormat *ret_format, struct media_error *ret_error)
{
	*ret_format = AV_PIX_FMT_NONE;
	if (!config->pixel_format[0])
		return 0;
	*ret_format = av_get_pix_fmt(config->pixel_format);
	const char *refusal = picture_refusal(*ret_format);
	if (refusal)
		return error_say(ret_error, "correct pixel_format", "output %s: pixel_format %s: %s", config->name,
				 config->pixel_format, refusal);
	return 0;
}

int video_create(const struct config_output *config, const struct output_host *host, struct video **ret_video,
		 struct media_error *ret_error)
{
	enum AVPixelFormat wanted;
	int r = video_find_format(config, &wanted, ret_error);
	if (r < 0)
		return r;
	struct video *video = calloc(1, sizeof *video);
	if (!video)
		return error_say(ret_error, "", "out of memory");
	output_init(&video->output, config, host);
	video->output.main_media = true;
	video->wanted = wanted;
	video->rate = (struct rate){.rate = config->frame_rate, .mode = config->fps_mode};
	video->previous = av_frame_alloc();
	video->filtered = av_frame_alloc();
	if (config->filter[0])
		video->filter = filter_create(config->filter);
	else if (config->width == CONFIG_NATIVE && config->height == CONFIG_NATIVE)
		video->inplace = inplace_create(host->watch);
	if (!video->previous || !video->filtered || (config->filter[0] && !video->filter)) {
		video_destroy(video, false);
		return error_say(ret_error, "", "out of memory");
	}
	*ret_video = video;
	return 0;
}

void video_destroy(struct video *video, bool end)
{
	if (!video)
		return;
	if (video->inplace)
		inplace_use(video->inplace, NULL, NULL, NULL, 0);
	inplace_unref(video->inplace);
	av_frame_free(&video->previous);
	av_frame_free(&video->filtered);
	output_finish(&video->output, end);
	filter_destroy(video->filter);
	convert_finish(&video->convert);
	free(video);
}

struct output *video_output(struct video *video)
{
	return &video->output;
}

struct inplace *video_inplace(struct video *video, enum AVPixelFormat decoded)
{
	return video->wanted == AV_PIX_FMT_NONE || video->wanted == decoded ? video->inplace : NULL;
}

void video_begin(struct video *video, const struct video_source *source)
{
	video->source = *source;
	video->output.live = source->live;
}

void video_rest(struct video *video)
{
	if (video->inplace)
		inplace_use(video->inplace, NULL, NULL, NULL, 0);
	if (video->filter) {
		filter_push(video->filter, NULL, video->source.frame_rate);
		while (filter_pull(video->filter, video->filtered) >= 0)
			av_frame_unref(video->filtered);
	}
	av_frame_unref(video->previous);
	rate_restart(&video->rate);
	output_finish(&video->output, false);
}

static AVRational published_rate(const struct video *video)
{
	if (video->rate.rate.numerator)
		return (AVRational){video->rate.rate.numerator, video->rate.rate.denominator};
	AVRational filtered = video->filter ? filter_frame_rate(video->filter) : (AVRational){0, 1};
	return filtered.num > 0 ? filtered : video->source.frame_rate;
}

/* A generation for frames like this one; where the decoder can write into its slots, it will. */
static int open_generation(struct video *video, const struct shape *shape, const AVFrame *frame)
{
	struct picture memory, picture;
	struct fb_worker_layout layout;
	uint32_t claims = 1, quota = 0;
	bool decoded_here =
		video->inplace && !shape->converted && inplace_picture(video->inplace, frame, &memory, &picture);
	if (decoded_here) {
		quota = inplace_quota(video->inplace, video->source.decoder);
		claims = quota + 2;
	} else {
		int r = picture_compact(shape->format, shape->size.width, shape->size.height, &picture);
		if (r < 0)
			return r;
	}
	shape_layout(shape, frame, &picture, published_rate(video), video->source.rotation, claims, &layout);
	if (video->inplace)
		inplace_use(video->inplace, NULL, NULL, NULL, 0);
	int r = output_open(&video->output, &layout);
	if (r == 0 && decoded_here)
		inplace_use(video->inplace, video->output.writer, &memory, &picture, quota);
	return r;
}

/* Makes sure that frames like this one can be published. */
static int prepare(struct video *video, const AVFrame *frame, struct shape *ret_shape)
{
	struct fb_worker_layout layout;
	struct picture any = {0};
	int r = shape_of(video->output.config, video->wanted, frame, ret_shape);
	if (r == 0) {
		shape_layout(ret_shape, frame, &any, published_rate(video), video->source.rotation, 0, &layout);
		if (output_fits(&video->output, &layout))
			return 0;
		r = open_generation(video, ret_shape, frame);
	}
	if (r == -EINVAL) {
		output_problem(&video->output, error_text(), "");
		return -EAGAIN;
	}
	return r;
}

static void publish_in_place(struct video *video, struct inplace_slot *place, const struct moment *moment)
{
	struct fb_slot *slot = inplace_slot(place);
	output_stamp(&video->output, moment, slot);
	int64_t pts_ns = slot->pts_ns;
	output_published(&video->output, pts_ns, inplace_publish(place));
}

static void publish_converted(struct video *video, const struct shape *shape, const AVFrame *frame,
			      const struct moment *moment, struct fb_slot *slot)
{
	int flags = video->output.config->scale == CONFIG_SCALE_FAST ? SWS_FAST_BILINEAR : SWS_BICUBIC;
	if (convert_run(&video->convert, frame, shape->format, shape->size.width, shape->size.height, flags, slot->data,
			slot->linesize) < 0) {
		fb_slot_cancel(slot);
		output_problem(&video->output, "libswscale cannot convert to this pixel format",
			       "choose another pixel_format");
		return;
	}
	output_stamp(&video->output, moment, slot);
	output_publish(&video->output, slot);
}

/* 0, also where the frame was dropped, or -ECANCELED. */
static int emit(struct video *video, const AVFrame *frame, const struct moment *moment)
{
	struct fb_slot slot;
	struct shape shape;
	int r;
	do {
		r = prepare(video, frame, &shape);
		struct inplace_slot *place =
			r == 0 && video->inplace ? inplace_find(video->inplace, frame, video->output.writer) : NULL;
		if (place) {
			publish_in_place(video, place, moment);
			return 0;
		}
		if (r == 0)
			r = output_claim(&video->output, &slot);
	} while (r == -EPIPE && !video->output.live);
	if (r == 0)
		publish_converted(video, &shape, frame, moment, &slot);
	return r == -ECANCELED ? r : 0;
}

static int repeat_previous(struct video *video, const struct rate_step *step)
{
	int r = 0;
	for (int64_t i = 0; i < step->repeats && r == 0; i++) {
		struct moment moment = video->previous_moment;
		moment.pts_ns = rate_tick_ns(&video->rate, step->repeat_tick + i);
		r = emit(video, video->previous, &moment);
	}
	return r;
}

static int take(struct video *video, const AVFrame *frame, const struct arrivals *arrivals)
{
	struct moment moment = moment_of(frame, arrivals);
	if (moment.breaks != video->breaks)
		rate_restart(&video->rate);
	video->breaks = moment.breaks;
	struct rate_step step = rate_next(&video->rate, moment.pts_ns);
	int r = repeat_previous(video, &step);
	if (r < 0 || !step.take)
		return r;
	moment.pts_ns = step.pts_ns;
	if (video->rate.rate.numerator)
		moment.duration_ns = rate_interval_ns(&video->rate);
	r = emit(video, frame, &moment);
	if (video->rate.mode == CONFIG_FPS_CFR && video->rate.rate.numerator) {
		av_frame_unref(video->previous);
		if (av_frame_ref(video->previous, frame) < 0)
			rate_restart(&video->rate);
		video->previous_moment = moment;
	}
	return r;
}

static int take_filtered(struct video *video, const struct arrivals *arrivals)
{
	int r = 0;
	while (r == 0 && filter_pull(video->filter, video->filtered) >= 0) {
		r = take(video, video->filtered, arrivals);
		av_frame_unref(video->filtered);
	}
	return r;
}

static int filter_failed(struct video *video, int averror)
{
	char text[AVLOG_LINE], sentence[600];
	avlog_last_error(text, sizeof text);
	if (!text[0])
		av_strerror(averror, text, sizeof text);
	snprintf(sentence, sizeof sentence, "filter %.150s: %s", video->output.config->filter, text);
	output_problem(&video->output, sentence, "try the chain behind ffmpeg -vf");
	return 0;
}

int video_frame(struct video *video, AVFrame *frame, const struct arrivals *arrivals)
{
	if (!video->filter)
		return take(video, frame, arrivals);
	int r = filter_fits(video->filter, frame) ? 0 : video_drain(video, arrivals);
	if (r < 0)
		return r;
	r = filter_push(video->filter, frame, video->source.frame_rate);
	return r < 0 ? filter_failed(video, r) : take_filtered(video, arrivals);
}

int video_drain(struct video *video, const struct arrivals *arrivals)
{
	if (!video->filter)
		return 0;
	filter_push(video->filter, NULL, video->source.frame_rate);
	return take_filtered(video, arrivals);
}
