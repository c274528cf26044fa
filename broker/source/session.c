/* session.c: the demuxing loop. */
#include "source/session.h"
#include "base/clock.h"
#include "config/url.h"
#include "media/avlog.h"
#include "source/pace.h"
#include "source/tracks.h"
#include <errno.h>
#include <string.h>

#define NOTHING_YET_NS (5 * NS_PER_MS) /* how long to leave a device alone that has nothing */
#define YEAR_2000_NS (INT64_C(946684800) * NS_PER_SECOND)

struct session {
	struct source *source;
	struct input input;
	struct tracks tracks;
	struct pace pace;
	AVPacket *packet;
	bool has_source_clock; /* the source told its wall clock */
	uint64_t packets;
	int64_t last_packet_ns;
};

/* ---- time ---- */

static void begin_timeline(struct session *session, enum session_begin begin)
{
	struct source *source = session->source;
	const struct input *input = &session->input;
	int64_t begin_ns = 0;
	if (begin == SESSION_LOOP)
		begin_ns = source->timeline.end_ns;
	else if (source->epoch_ns)
		begin_ns = FFMAX(source->timeline.end_ns, input->opened_ns - source->epoch_ns);
	if (begin == SESSION_AGAIN)
		source->timeline.breaks++;
	int64_t start_ns = input_start_ns(input);
	struct timeline_rules rules = {.live = input->live,
				       .use_arrival = input->live && input->stampless,
				       .jumps_expected = input->jumps_expected};
	timeline_begin(&source->timeline, rules, begin_ns, start_ns);
	if (!source->epoch_ns)
		source->epoch_ns = input->opened_ns - begin_ns;
	session->pace.readrate = input->live ? (struct config_rate){0, 1} : source->job.config->readrate;
}

/* Where a source's clock runs faster than ours, a later worker must not fall behind what readers have. */
static void keep_epoch(struct source *source, int64_t pts_ns, int64_t now_ns)
{
	source->epoch_ns = FFMIN(source->epoch_ns, now_ns - pts_ns);
	report_epoch(source->host.report, source->epoch_ns);
}

/* The source's own wall clock once it told it (RTCP), which is one step away from the time of arrival. */
static int64_t utc_of(struct session *session, const struct timeline_place *place)
{
	int64_t start_us = session->input.format->start_time_realtime;
	bool told = start_us != AV_NOPTS_VALUE && start_us < INT64_MAX / 1000 && start_us * 1000 > YEAR_2000_NS &&
		    place->own_ns != TIMELINE_UNKNOWN;
	if (!told)
		return clock_utc_ns();
	if (!session->has_source_clock && session->packets > 0)
		session->source->timeline.breaks++;
	session->has_source_clock = true;
	return start_us * 1000 + place->own_ns;
}

static bool is_video(const struct session *session, unsigned index)
{
	return session->input.format->streams[index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
}

static int64_t frame_interval_ns(const struct session *session)
{
	for (unsigned i = 0; i < session->tracks.count; i++)
		if (session->tracks.list[i] && is_video(session, i))
			return track_interval_ns(session->tracks.list[i]);
	return 0;
}

/* ---- packets ---- */

/* As track_packet(). */
static int take_packet(struct session *session, int64_t now_ns, struct media_error *ret_error)
{
	AVPacket *packet = session->packet;
	struct source *source = session->source;
	struct track *track = tracks_get(&session->tracks, packet->stream_index);
	report_packet(source->host.report, packet->size);
	if (!track)
		return 0;
	struct timeline_place place =
		timeline_place(&source->timeline, track_line(track),
			       (struct timeline_packet){packet->pts, packet->dts, packet->duration, now_ns});
	if (!watch_sleep_until(source->host.watch, pace_due_ns(&session->pace, place.order_ns, now_ns)))
		return -ECANCELED;
	/* A paced packet arrives when its time has come, not when it was read ahead. */
	struct arrival arrival = {.capture_ns = clock_monotonic_ns(), .utc_ns = utc_of(session, &place)};
	arrival.breaks = source->timeline.breaks;
	keep_epoch(source, place.order_ns, arrival.capture_ns);
	watch_begin(source->host.watch, WATCH_WORK_NS);
	session->packets++;
	session->last_packet_ns = now_ns;
	int r = outputs_packet(&source->outputs, packet, &place, &arrival);
	return r < 0 ? r : track_packet(track, packet, &place, &arrival, ret_error);
}

static int say_no_frames(const struct session *session, bool key_seen, struct media_error *ret_error)
{
	char url[300], detail[AVLOG_LINE];
	config_url_redacted(session->source->job.config->url, url, sizeof url);
	if (!key_seen)
		return error_say(ret_error,
				 "set a shorter key-frame interval (GOP) at the encoder, or a longer read_timeout",
				 "%s: there was no key frame to begin with", url);
	avlog_last_error(detail, sizeof detail);
	return error_say(ret_error, "check it with ffplay", "%s: none of its frames could be decoded%s%s", url,
			 detail[0] ? "; FFmpeg says: " : "", detail);
}

/* Why packets of a video track gave no frame; 0: they did, or there is no video. */
static int explain_no_frames(const struct session *session, int64_t limit_ns, struct media_error *ret_error)
{
	for (unsigned i = 0; i < session->tracks.count; i++) {
		struct track *track = session->tracks.list[i];
		if (!track || !is_video(session, i))
			continue;
		struct track_progress progress = track_progress(track);
		int64_t since_ns = progress.key_seen ? progress.first_decoded_ns : progress.first_packet_ns;
		if (progress.frames == 0 && since_ns && clock_monotonic_ns() - since_ns > limit_ns)
			return say_no_frames(session, progress.key_seen, ret_error);
	}
	return 0;
}

/* ---- the end ---- */

/* A file that is cut off ends like any other; only FFmpeg's log tells. */
static void explain_cut(const struct session *session, struct media_error *ret_error)
{
	char url[300], detail[AVLOG_LINE];
	avlog_last_error(detail, sizeof detail);
	if (!strstr(detail, "partial file") && !strstr(detail, "prematurely") && !strstr(detail, "truncated"))
		return;
	config_url_redacted(session->source->job.config->url, url, sizeof url);
	error_say(ret_error, "what is there was decoded; get the whole file", "%s: it is cut off; FFmpeg says: %s", url,
		  detail);
}

/* Why reading ended; nothing where a file is simply at its end. */
static void explain_end(const struct session *session, int averror, struct media_error *ret_error)
{
	const struct source *source = session->source;
	if (session->input.live || averror != AVERROR_EOF)
		input_explain(source->job.config, source->host.watch, averror, ret_error);
	else if (session->packets == 0)
		input_explain(source->job.config, source->host.watch, AVERROR_INVALIDDATA, ret_error);
	else
		explain_cut(session, ret_error);
}

/* The last frames come out, those of a camera that went away too. As track_drain(). */
static int drain(const struct session *session, struct media_error *ret_error)
{
	int r = 0;
	watch_begin(session->source->host.watch, WATCH_WORK_NS);
	for (unsigned i = 0; i < session->tracks.count && r == 0; i++)
		if (session->tracks.list[i])
			r = track_drain(session->tracks.list[i], ret_error);
	return r;
}

/* Whether a file ends here, perhaps damaged, rather than that its server is gone. */
static bool is_file_end(int averror)
{
	return averror == AVERROR_INVALIDDATA || averror == AVERROR_EOF || averror == AVERROR_PATCHWELCOME ||
	       averror == AVERROR_BUG;
}

/* ---- the loop ---- */

static void removed(void *opaque, struct stream *stream)
{
	struct session *session = opaque;
	tracks_unfeed(&session->tracks, &session->input, stream);
}

/* Where packets are published, decoders work only for those who want frames. */
static bool is_lazy(const struct session *session)
{
	return outputs_have_packets(&session->source->outputs) && !session->input.image;
}

static int feed(struct session *session, struct media_error *ret_error)
{
	struct source *source = session->source;
	outputs_want(&source->outputs, &source->job, !is_lazy(session));
	return tracks_feed(&session->tracks, &session->input, source->job.config, &source->outputs, source->host.report,
			   ret_error);
}

/* What the core wants now. -ECANCELED: the worker is to stop. */
static int update(struct session *session)
{
	struct source *source = session->source;
	struct media_error error;
	if (source_update(source, removed, session))
		feed(session, &error);
	outputs_want(&source->outputs, &source->job, !is_lazy(session));
	return tracks_settle(&session->tracks, &session->input, source->job.config, &source->outputs, is_lazy(session),
			     source->host.report);
}

/* Reads and decodes until something ends it; returns the AVERROR that did, or -ECANCELED: the worker is to stop, or
 * -EINVAL and *ret_error. */
static int read_packets(struct session *session, struct media_error *ret_error)
{
	struct source *source = session->source;
	int64_t read_timeout_ns = source->job.config->read_timeout_ns;
	int r = 0;
	session->last_packet_ns = clock_monotonic_ns();
	while (r == 0 && (r = update(session)) == 0) {
		watch_begin(source->host.watch, read_timeout_ns);
		int averror = av_read_frame(session->input.format, session->packet);
		int64_t now_ns = clock_monotonic_ns();
		if (averror == AVERROR(EAGAIN) && now_ns - session->last_packet_ns < read_timeout_ns) {
			r = watch_sleep_until(source->host.watch, now_ns + NOTHING_YET_NS) ? 0 : -ECANCELED;
			continue;
		}
		if (averror < 0)
			return averror == AVERROR(EAGAIN) ? AVERROR(ETIMEDOUT) : averror;
		r = take_packet(session, now_ns, ret_error);
		av_packet_unref(session->packet);
		if (r == 0 && session->input.live)
			r = explain_no_frames(session, read_timeout_ns, ret_error);
	}
	return r;
}

/* ---- a still image ---- */

static struct track *any_track(const struct session *session)
{
	for (unsigned i = 0; i < session->tracks.count; i++)
		if (session->tracks.list[i])
			return session->tracks.list[i];
	return NULL;
}

/* One picture, as often as *passes_left says, which is 0 then, at the frame rate of its format (image2: option
 * framerate, 25). */
static void show_still(struct session *session, int *passes_left)
{
	struct source *source = session->source;
	int64_t pts_ns = source->timeline.end_ns;
	for (; *passes_left != 0; *passes_left -= *passes_left > 0) {
		int r = update(session);
		struct track *track = any_track(session);
		int64_t due_ns = pace_due_ns(&session->pace, pts_ns, clock_monotonic_ns());
		if (r < 0 || !track || !watch_sleep_until(source->host.watch, due_ns) ||
		    track_repeat(track, pts_ns) < 0)
			return;
		pts_ns += track_interval_ns(track) ? track_interval_ns(track) : NS_PER_SECOND / 25;
		keep_epoch(source, pts_ns, clock_monotonic_ns());
	}
}

static enum session_end run_open(struct session *session, int *passes_left, struct media_error *ret_error)
{
	int r = read_packets(session, ret_error);
	if (r == -ECANCELED || watch_stopping(session->source->host.watch))
		return SESSION_LOST;
	if (!ret_error->text[0])
		explain_end(session, r, ret_error);
	if (drain(session, ret_error) < 0 || session->input.live || !is_file_end(r) || session->packets == 0 ||
	    explain_no_frames(session, -1, ret_error) < 0)
		return SESSION_LOST;
	if (session->input.image && session->packets == 1)
		show_still(session, passes_left);
	return SESSION_DONE;
}

enum session_end session_run(struct source *source, enum session_begin begin, int *passes_left,
			     struct media_error *ret_error)
{
	struct session session = {.source = source, .packet = av_packet_alloc()};
	enum session_end end = SESSION_LOST;
	int r = session.packet ? 0 : error_say(ret_error, "", "out of memory");
	if (source->outputs.count == 0 && source->outputs_error.text[0]) {
		*ret_error = source->outputs_error;
		r = -EINVAL;
	}
	if (r == 0)
		r = input_open(source->job.config, source->host.watch, &session.input, ret_error);
	if (r == 0)
		r = tracks_open(&session.tracks, &session.input, ret_error);
	for (size_t i = 0; i < source->outputs.count; i++)
		source->outputs.streams[i]->fed = false;
	if (r == 0)
		r = feed(&session, ret_error);
	if (r == 0) {
		begin_timeline(&session, begin);
		report_connection(source->host.report, session.input.live, frame_interval_ns(&session));
		end = run_open(&session, passes_left, ret_error);
	}
	watch_begin(source->host.watch, source->job.config->open_timeout_ns);
	tracks_close(&session.tracks);
	input_close(&session.input);
	av_packet_free(&session.packet);
	return end;
}
