/* video_track.c: reads frames, and asks the playout what to show when. A fallback's pictures take the place of the last
 * one that would be repeated. */
#include "sink/video_track.h"
#include "base/clock.h"
#include "base/error.h"
#include "sink/input.h"
#include "sink/picture.h"
#include "sink/playout.h"
#include "sink/video_path.h"
#include <errno.h>
#include <stdlib.h>

#define SILENCE_NS (2 * NS_PER_SECOND) /* then the fallback is shown */
#define SETTLE_NS (20 * NS_PER_MS)     /* nothing new for so long: what is shown is copied out of the ring */
#define LONGEST_WAIT_NS (200 * NS_PER_MS)
#define GUESSED_RATE 25
#define HIGHEST_RATE 1000

struct video_track {
	struct host *host;
	const struct config_sink_video *config;
	pthread_t thread;
	struct video_path *path;
	struct input input, fallback;
	bool showing_fallback;
	bool ended;
	int64_t heard_ns; /* when the stream gave a frame last, or when the track began */
	struct timeline_track timeline;
	bool begun; /* there is a playout */
	struct playout playout;
	AVFrame *next;   /* came, and waits for its time; NULL: none */
	int64_t next_ns; /* its time */
	AVFrame *newer;  /* came too late to be shown itself, but is newer than what is shown; NULL: none */
	bool repeating;  /* what is shown was shown before */
	bool settled;
	unsigned generation;
};

static AVRational stream_rate(const struct video_track *track, const struct fb_stream_info *info)
{
	struct config_rate wanted = track->config->frame_rate;
	if (wanted.numerator)
		return (AVRational){wanted.numerator, wanted.denominator};
	AVRational rate = {info->frame_rate.num, info->frame_rate.den};
	bool known = rate.num > 0 && rate.den > 0 && rate.num / rate.den <= HIGHEST_RATE;
	return known ? rate : (AVRational){GUESSED_RATE, 1};
}

static int64_t ahead_ns(const struct video_track *track, AVRational rate)
{
	int frames = track->config->frame_ahead != CONFIG_AUTO ? track->config->frame_ahead : track->config->gop_size;
	if (frames == CONFIG_AUTO)
		return 2 * NS_PER_SECOND; /* what gop_size: auto is */
	return av_rescale(frames, rate.den * NS_PER_SECOND, rate.num);
}

static void begin(struct video_track *track, const struct fb_stream_info *info)
{
	bool with_sound = track->host->config->audio.stream[0];
	AVRational rate = stream_rate(track, info);
	bool grid = track->config->frame_rate.numerator || video_path_counts_frames(track->path);
	playout_init(&track->playout, rate, grid, track->config->late == CONFIG_LATE_REPEAT, ahead_ns(track, rate),
		     with_sound ? track->host->config->max_delay_ns : INT64_MAX);
	video_path_begin(track->path, rate);
	track->begun = true;
}

/* The frame is FFmpeg's from here on; NULL after an error, which is reported. */
static AVFrame *take_picture(struct video_track *track, const struct input *input, struct fb_frame *ring)
{
	AVFrame *frame = NULL;
	struct media_error error;
	if (!track->begun)
		begin(track, input_info(&track->input) ? input_info(&track->input) : ring->info);
	if (picture_from_ring(ring, input->alone || !video_path_takes_ring(track->path), &frame, &error) < 0)
		report_problem(track->host->report, REPORT_VIDEO, &error);
	return frame;
}

static void end_fallback(struct video_track *track)
{
	input_close(&track->fallback);
	track->showing_fallback = false;
	track->playout.repeat = track->config->late == CONFIG_LATE_REPEAT;
}

static void take_next(struct video_track *track, struct fb_frame *ring)
{
	int64_t late_ns;
	struct timeline_frame times = {.pts_ns = ring->pts_ns,
				       .duration_ns = ring->duration_ns,
				       .capture_ns = ring->capture_ns,
				       .discontinuity = (ring->flags & FB_DISCONTINUITY) ||
							ring->info->generation != track->generation};
	track->generation = ring->info->generation;
	track->heard_ns = clock_monotonic_ns();
	atomic_store(&report_statistics(track->host->report)->input_ns, track->heard_ns);
	track->next = take_picture(track, &track->input, ring);
	if (!track->next)
		return;
	if (times.duration_ns <= 0)
		times.duration_ns = playout_interval(&track->playout);
	track->next_ns = host_place(track->host, &track->timeline, &times, &late_ns);
	playout_see(&track->playout, late_ns, track->heard_ns);
	track->settled = false;
	if (track->showing_fallback)
		end_fallback(track);
}

static void read_next(struct video_track *track, int64_t until_ns)
{
	struct fb_frame ring;
	int64_t settle_ns = clock_monotonic_ns() + SETTLE_NS;
	int r = input_read(&track->input, track->settled ? until_ns : FFMIN(until_ns, settle_ns), &ring);
	if (r == 0) {
		take_next(track, &ring);
	} else if (r == -ENODATA) {
		track->ended = true;
	} else if (!track->settled) {
		video_path_settle(track->path);
		track->settled = !track->newer || picture_keep(track->newer) >= 0;
	}
}

/* The fallback's newest picture, while the stream gives nothing. */
static void read_fallback(struct video_track *track)
{
	struct fb_frame ring;
	if (!track->config->fallback[0] || track->ended || clock_monotonic_ns() - track->heard_ns < SILENCE_NS)
		return;
	track->showing_fallback = true;
	if (input_read(&track->fallback, 0, &ring) != 0)
		return;
	AVFrame *frame = take_picture(track, &track->fallback, &ring);
	if (!frame)
		return;
	av_frame_free(&track->newer);
	track->newer = frame;
	track->settled = false;
	track->playout.repeat = true;
	if (!track->playout.begun) { /* there is nothing yet that it could take the place of */
		host_start(track->host);
		int64_t position_ns = host_position(track->host);
		playout_shown(&track->playout, position_ns);
		video_path_show(track->path, frame, position_ns);
	}
}

static void count_ahead(struct video_track *track, int64_t time_ns)
{
	int64_t ahead = (time_ns - host_position(track->host)) / playout_interval(&track->playout);
	atomic_store(&report_statistics(track->host->report)->ahead_frames, FFMAX(ahead, 0));
}

static void show_next(struct video_track *track, int64_t time_ns)
{
	video_path_show(track->path, track->next, time_ns);
	av_frame_free(&track->next);
	av_frame_free(&track->newer);
	track->repeating = false;
}

static void show_again(struct video_track *track, int64_t time_ns)
{
	if (track->newer)
		video_path_show(track->path, track->newer, time_ns);
	else
		video_path_repeat(track->path, time_ns);
	av_frame_free(&track->newer);
	track->repeating = true;
	atomic_fetch_add(&report_statistics(track->host->report)->repeated, 1);
}

/* Too late, or one too many for the rate. */
static void pass_over(struct video_track *track)
{
	if (track->repeating) {
		av_frame_free(&track->newer);
		track->newer = track->next;
		track->next = NULL;
		atomic_fetch_add(&report_statistics(track->host->report)->late, 1);
	}
	av_frame_free(&track->next);
}

static void wait_until(struct video_track *track, int64_t position_ns)
{
	int64_t now_ns = clock_monotonic_ns(), until_ns = now_ns + LONGEST_WAIT_NS;
	if (position_ns != INT64_MAX)
		until_ns = FFMIN(until_ns, host_start_ns(track->host) + position_ns);
	if (track->next || track->ended)
		host_sleep_until(track->host, until_ns);
	else
		read_next(track, until_ns);
}

static void step(struct video_track *track)
{
	struct playout_step step = {PLAYOUT_WAIT, INT64_MAX};
	read_fallback(track);
	if (queue_is_full(track->host->queue)) {
		host_sleep_until(track->host, clock_monotonic_ns() + SETTLE_NS);
		return;
	}
	if (track->begun)
		step = playout_next(&track->playout, track->next ? &track->next_ns : NULL, host_position(track->host));
	if (step.action == PLAYOUT_WAIT) {
		wait_until(track, step.time_ns);
		return;
	}
	if (step.action == PLAYOUT_DROP) {
		pass_over(track);
		return;
	}
	playout_shown(&track->playout, step.time_ns);
	if (step.action == PLAYOUT_TAKE)
		show_next(track, step.time_ns);
	else
		show_again(track, step.time_ns);
	count_ahead(track, step.time_ns);
}

static void *run(void *opaque)
{
	struct video_track *track = opaque;
	while (!host_stopping(track->host) && (!track->ended || track->next))
		step(track);
	video_path_drain(track->path);
	queue_end(track->host->queue, QUEUE_VIDEO);
	return NULL;
}

int video_track_create(struct host *host, struct video_track **ret_track, struct media_error *ret_error)
{
	struct video_track *track = calloc(1, sizeof *track);
	if (!track)
		return error_say(ret_error, "", "out of memory");
	track->host = host;
	track->config = &host->config->video;
	track->timeline.same_clock = host->same_clock;
	track->heard_ns = clock_monotonic_ns();
	input_init(&track->input, host, track->config->stream, REPORT_VIDEO_STREAM);
	input_init(&track->fallback, host, track->config->fallback, REPORT_FALLBACK_STREAM);
	int r = video_path_create(host, &track->path, ret_error);
	if (r == 0 && pthread_create(&track->thread, NULL, run, track) != 0) {
		video_path_destroy(track->path);
		r = error_say(ret_error, "", "cannot start a thread");
	}
	if (r < 0) {
		free(track);
		return r;
	}
	*ret_track = track;
	return 0;
}

void video_track_want_key(struct video_track *track)
{
	video_path_want_key(track->path);
}

void video_track_destroy(struct video_track *track)
{
	if (!track)
		return;
	pthread_join(track->thread, NULL);
	input_close(&track->input);
	input_close(&track->fallback);
	av_frame_free(&track->next);
	av_frame_free(&track->newer);
	video_path_destroy(track->path);
	free(track);
}
