/* video_path.c: the encoder is opened with the first picture, as large as that; later ones are scaled to it. Where it
 * cannot be opened it is tried again: a device may be busy. */
#include "sink/video_path.h"
#include "base/clock.h"
#include "media/avlog.h"
#include "media/filter.h"
#include "sink/picture.h"
#include "sink/video_encoder.h"
#include <stdlib.h>

#define RETRY_NS (5 * NS_PER_SECOND)

struct video_path {
	struct host *host;
	const AVCodec *codec;
	AVRational rate;
	struct filter *filter; /* NULL: none */
	AVFrame *filtered;
	struct scaler scaler;
	struct video_format format;
	struct encoder *encoder; /* NULL: not open (yet) */
	int64_t retry_ns;        /* not opened before that time */
	int64_t origin_ns;
	bool encoded;
	int64_t last_pts; /* the encoder's */
	AVFrame *shown;   /* as the encoder got it; NULL: nothing yet */
	bool shown_in_ring;
	atomic_bool key_wanted;
};

int video_path_create(struct host *host, struct video_path **ret_path, struct media_error *ret_error)
{
	const struct config_sink_video *config = &host->config->video;
	const AVCodec *codec;
	int r = encoder_find(config->codec, AVMEDIA_TYPE_VIDEO, &codec, ret_error);
	if (r < 0)
		return r;
	struct video_path *path = calloc(1, sizeof *path);
	if (!path)
		return error_say(ret_error, "", "out of memory");
	path->host = host;
	path->codec = codec;
	path->filtered = av_frame_alloc();
	if (config->filter[0])
		path->filter = filter_create(config->filter);
	if (!path->filtered || (config->filter[0] && !path->filter)) {
		video_path_destroy(path);
		return error_say(ret_error, "", "out of memory");
	}
	*ret_path = path;
	return 0;
}

void video_path_destroy(struct video_path *path)
{
	if (!path)
		return;
	filter_destroy(path->filter);
	av_frame_free(&path->filtered);
	av_frame_free(&path->shown);
	scaler_finish(&path->scaler);
	encoder_close(path->encoder);
	free(path);
}

bool video_path_counts_frames(const struct video_path *path)
{
	return video_encoder_counts_frames(path->codec);
}

bool video_path_takes_ring(const struct video_path *path)
{
	return video_encoder_copies(path->codec) && !path->filter;
}

void video_path_begin(struct video_path *path, AVRational rate)
{
	path->rate = rate;
}

void video_path_want_key(struct video_path *path)
{
	atomic_store(&path->key_wanted, true);
}

static void tell_problem(struct video_path *path, int averror, const char *what, const char *mend)
{
	char text[AVLOG_LINE];
	struct media_error error;
	avlog_last_error(text, sizeof text);
	if (!text[0])
		av_strerror(averror, text, sizeof text);
	error_say(&error, mend, "video: %s: %s", what, text);
	report_problem(path->host->report, REPORT_VIDEO, &error);
}

static AVRational encoded_rate(const struct video_path *path)
{
	AVRational filtered = path->filter && !path->host->config->video.frame_rate.numerator
				      ? filter_frame_rate(path->filter)
				      : (AVRational){0, 1};
	return filtered.num > 0 && filtered.den > 0 ? filtered : path->rate;
}

static bool has_encoder(struct video_path *path, const AVFrame *frame)
{
	struct media_error error;
	int64_t now_ns = clock_monotonic_ns();
	if (path->encoder)
		return true;
	if (now_ns < path->retry_ns)
		return false;
	int r = video_encoder_format(&path->host->config->video, path->codec, frame, &path->format, &error);
	if (r == 0)
		r = video_encoder_open(path->host, path->codec, &path->format, encoded_rate(path), frame->pts,
				       &path->encoder, &error);
	path->origin_ns = frame->pts;
	path->retry_ns = now_ns + RETRY_NS;
	report_problem(path->host->report, REPORT_VIDEO, r < 0 ? &error : NULL);
	return r == 0;
}

/* Encodes what is shown at that playing time. */
static void encode(struct video_path *path, int64_t time_ns)
{
	static const AVRational nanoseconds = {1, 1000000000};
	int64_t pts = av_rescale_q(time_ns - path->origin_ns, nanoseconds, path->encoder->context->time_base);
	if (path->encoded && pts <= path->last_pts)
		return;
	path->encoded = true;
	path->last_pts = pts;
	path->shown->pts = pts;
	path->shown->pict_type = atomic_exchange(&path->key_wanted, false) ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	int r = encoder_encode(path->encoder, path->shown);
	if (r < 0)
		tell_problem(path, r, "the encoder fails", "check codec_options");
	else
		report_problem(path->host->report, REPORT_VIDEO, NULL);
}

static void show(struct video_path *path, AVFrame *frame)
{
	if (!has_encoder(path, frame))
		return;
	AVFrame *scaled;
	int r = scaler_run(&path->scaler, frame, &path->format, &scaled);
	if (r < 0) {
		tell_problem(path, r, "libswscale cannot convert this picture", "choose another pixel_format");
		return;
	}
	av_frame_free(&path->shown);
	path->shown = scaled;
	path->shown_in_ring = scaled->buf[0]->data == frame->buf[0]->data && video_path_takes_ring(path);
	encode(path, frame->pts);
}

static void show_filtered(struct video_path *path)
{
	while (filter_pull(path->filter, path->filtered) >= 0) {
		show(path, path->filtered);
		av_frame_unref(path->filtered);
	}
}

static void drain_filter(struct video_path *path)
{
	filter_push(path->filter, NULL, path->rate);
	show_filtered(path);
}

void video_path_show(struct video_path *path, AVFrame *frame, int64_t time_ns)
{
	frame->pts = time_ns;
	if (!path->filter) {
		show(path, frame);
		return;
	}
	if (!filter_fits(path->filter, frame))
		drain_filter(path);
	avlog_forget();
	int r = filter_push(path->filter, frame, path->rate);
	if (r < 0)
		tell_problem(path, r, "filter", "try the chain behind ffmpeg -vf");
	else
		show_filtered(path);
}

void video_path_repeat(struct video_path *path, int64_t time_ns)
{
	if (path->shown)
		encode(path, time_ns);
}

void video_path_settle(struct video_path *path)
{
	if (path->shown && path->shown_in_ring && picture_keep(path->shown) >= 0)
		path->shown_in_ring = false;
}

void video_path_drain(struct video_path *path)
{
	if (path->filter)
		drain_filter(path);
	if (path->encoder)
		encoder_encode(path->encoder, NULL);
}
