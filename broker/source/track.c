/* track.c: packets in, frames out to every output of the track. */
#include "source/track.h"
#include "base/clock.h"
#include "base/limits.h"
#include "source/backlog.h"
#include "source/decoder.h"
#include "source/hardware.h"
#include <errno.h>
#include <libavutil/display.h>
#include <math.h>
#include <stdlib.h>

#define MAX_ERRORS 64 /* in a row, from one packet: more are no frames but a decoder gone astray */

struct track {
	const AVStream *stream;
	struct report *report;
	struct inplace *inplace; /* a reference; NULL: none */
	AVCodecContext *decoder;
	AVFrame *frame;
	bool hardware_required;
	AVFrame *still; /* image files: the last frame; else NULL */
	struct backlog backlog;
	bool started;     /* whether or not there is a decoder */
	bool keeps;       /* packets in the backlog */
	bool awaits_key;  /* decoding began without one */
	bool catching_up; /* frames are not handed on but kept: */
	AVFrame *newest;
	struct video_source source;
	struct timeline_track line;
	struct arrivals arrivals;
	struct track_progress progress;
	int64_t interval_ns;
	int64_t next_ns; /* where the last frame ends, for frames without time stamps */
	bool main_media;
	struct stream **streams;
	size_t count;
};

/* ---- choosing ---- */

static bool is_candidate(const AVStream *stream, enum AVMediaType type)
{
	return stream->codecpar->codec_type == type && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC);
}

int track_find(const struct input *input, const char *url, const struct config_output *config, int *ret_index,
	       struct media_error *ret_error)
{
	bool video = config->media == CONFIG_VIDEO;
	enum AVMediaType type = video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
	const AVFormatContext *format = input->format;
	int best = av_find_best_stream(input->format, type, -1, -1, NULL, 0);
	int found = -1, count = 0;
	for (unsigned i = 0; i < format->nb_streams; i++) {
		if (!is_candidate(format->streams[i], type))
			continue;
		if (config->track == CONFIG_AUTO ? (int)i == best || found < 0 : count == config->track)
			found = (int)i;
		count++;
	}
	if (found < 0 && config->track != CONFIG_AUTO && count > 0)
		return error_say(ret_error, "tracks are counted from 0, each media for itself",
				 "%s: output %s: there is no %s track %d, it has %d", url, config->name,
				 video ? "video" : "audio", config->track, count);
	if (found < 0)
		return error_say(ret_error, video ? "for its sound use media: audio" : "leave the audio output out",
				 "%s: output %s: there is no %s track in it", url, config->name,
				 video ? "video" : "audio");
	*ret_index = found;
	return 0;
}

/* ---- life ---- */

/* Degrees clockwise that turn the picture upright. */
static int rotation_of(const AVStream *stream)
{
	const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
	double degrees = matrix ? av_display_rotation_get((const int32_t *)matrix) : 0;
	return isnan(degrees) ? 0 : ((int)lround(-degrees) % 360 + 360) % 360;
}

static int64_t interval_of(AVRational frame_rate)
{
	return frame_rate.num > 0 && frame_rate.den > 0 ? av_rescale(NS_PER_SECOND, frame_rate.den, frame_rate.num) : 0;
}

int track_create(const struct config_source *config, const struct input *input, int index, struct report *report,
		 struct track **ret_track, struct media_error *ret_error)
{
	AVStream *stream = input->format->streams[index];
	struct track *track = calloc(1, sizeof *track);
	if (!track)
		return error_say(ret_error, "", "out of memory");
	bool video = stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
	track->stream = stream;
	track->report = report;
	track->hardware_required = hardware_is_required(config) && video;
	track->frame = av_frame_alloc();
	track->newest = av_frame_alloc();
	track->still = input->image ? av_frame_alloc() : NULL;
	int r = track->frame && track->newest && (track->still || !input->image)
			? 0
			: error_say(ret_error, "", "out of memory");
	if (r < 0) {
		track_destroy(track);
		return r;
	}
	track->source = (struct video_source){.frame_rate = {0, 1}, .live = input->live};
	if (video) {
		track->source.frame_rate = av_guess_frame_rate(input->format, stream, NULL);
		track->source.rotation = rotation_of(stream);
	}
	track->interval_ns = interval_of(track->source.frame_rate);
	track->progress.key_seen = !video;
	timeline_track_begin(&track->line, stream->time_base, stream->pts_wrap_bits, track->interval_ns);
	*ret_track = track;
	return 0;
}

void track_destroy(struct track *track)
{
	if (!track)
		return;
	track_stop(track);
	backlog_clear(&track->backlog);
	av_frame_free(&track->frame);
	av_frame_free(&track->newest);
	av_frame_free(&track->still);
	free(track->streams);
	free(track);
}

static void begin_stream(const struct track *track, struct stream *stream)
{
	if (stream->video)
		video_begin(stream->video, &track->source);
	else
		audio_output(stream->audio)->live = track->source.live;
}

bool track_is_started(const struct track *track)
{
	return track->started;
}

bool track_is_wanted(const struct track *track)
{
	for (size_t i = 0; i < track->count; i++)
		if (track->streams[i]->wanted)
			return true;
	return false;
}

void track_keep_packets(struct track *track, bool keep)
{
	if (!keep)
		backlog_clear(&track->backlog);
	track->keeps = keep;
}

int track_feed(struct track *track, struct stream *stream, struct media_error *ret_error)
{
	struct stream **streams = reallocarray(track->streams, track->count + 1, sizeof *streams);
	if (!streams)
		return error_say(ret_error, "", "out of memory");
	track->streams = streams;
	track->streams[track->count++] = stream;
	stream->fed = true;
	track->main_media = track->main_media || stream_output(stream)->main_media;
	begin_stream(track, stream);
	return 0;
}

void track_unfeed(struct track *track, const struct stream *stream)
{
	for (size_t i = 0; i < track->count; i++)
		if (track->streams[i] == stream)
			track->streams[i--] = track->streams[--track->count];
}

bool track_feeds_any(const struct track *track)
{
	return track->count > 0;
}

struct timeline_track *track_line(struct track *track)
{
	return &track->line;
}

struct track_progress track_progress(const struct track *track)
{
	return track->progress;
}

int64_t track_interval_ns(const struct track *track)
{
	return track->interval_ns;
}

/* ---- decoding ---- */

static int hand_on(struct track *track, AVFrame *frame)
{
	int r = 0;
	for (size_t i = 0; i < track->count && r == 0; i++) {
		struct stream *stream = track->streams[i];
		if (!stream->wanted)
			continue;
		r = stream->video ? video_frame(stream->video, frame, &track->arrivals)
				  : audio_frame(stream->audio, frame, &track->arrivals);
	}
	return r;
}

static int take_frame(struct track *track, AVFrame *frame)
{
	if (frame->width > LIMIT_DIMENSION || frame->height > LIMIT_DIMENSION) {
		report_decode_error(track->report);
		return 0;
	}
	frame->pts = frame->best_effort_timestamp != AV_NOPTS_VALUE ? frame->best_effort_timestamp : track->next_ns;
	if (frame->nb_samples > 0 && frame->sample_rate > 0)
		frame->pkt_duration = av_rescale(frame->nb_samples, NS_PER_SECOND, frame->sample_rate);
	else if (frame->pkt_duration <= 0)
		frame->pkt_duration = track->interval_ns;
	track->next_ns = frame->pts + frame->pkt_duration;
	track->progress.frames++;
	report_decoded(track->report, track->main_media);
	if (track->still) {
		av_frame_unref(track->still);
		av_frame_ref(track->still, frame);
	}
	if (!track->catching_up)
		return hand_on(track, frame);
	av_frame_unref(track->newest);
	av_frame_move_ref(track->newest, frame);
	return 0;
}

static int fetch(struct track *track, struct media_error *ret_error)
{
	return hardware_fetch(track->decoder, track->hardware_required, track->report, track->frame, ret_error);
}

/* All frames that are ready. What cannot be decoded is counted, and the frames behind it are taken all the same. */
static int take_frames(struct track *track, struct media_error *ret_error)
{
	int r = 0, errors = 0;
	while (r == 0 && errors < MAX_ERRORS) {
		int averror = avcodec_receive_frame(track->decoder, track->frame);
		if (averror == AVERROR(EAGAIN) || averror == AVERROR_EOF)
			return 0;
		if (averror == 0 && (averror = fetch(track, ret_error)) == -EINVAL)
			return -EINVAL;
		if (averror < 0) {
			report_decode_error(track->report);
			errors++;
			continue;
		}
		r = take_frame(track, track->frame);
		av_frame_unref(track->frame);
	}
	return r;
}

static int decode(struct track *track, const AVPacket *packet, int64_t serial, struct media_error *ret_error)
{
	track->awaits_key = track->awaits_key && !(packet->flags & AV_PKT_FLAG_KEY);
	if (track->awaits_key)
		return 0;
	if (!track->progress.first_decoded_ns)
		track->progress.first_decoded_ns = clock_monotonic_ns();
	track->decoder->reordered_opaque = serial;
	if (avcodec_send_packet(track->decoder, packet) < 0)
		report_decode_error(track->report);
	return take_frames(track, ret_error);
}

/* Decodes what was kept, of which only the newest frame is of interest. */
static int catch_up(struct track *track, struct media_error *ret_error)
{
	const struct backlog *backlog = &track->backlog;
	int r = 0;
	track->awaits_key = backlog->count == 0;
	track->catching_up = true;
	for (unsigned i = 0; i < backlog->count && r == 0; i++)
		r = decode(track, backlog->packets[i], backlog->serials[i], ret_error);
	track->catching_up = false;
	if (r == 0 && track->newest->buf[0])
		r = hand_on(track, track->newest);
	av_frame_unref(track->newest);
	return r;
}

int track_start(struct track *track, const struct config_source *config, struct inplace *inplace,
		struct media_error *ret_error)
{
	if (track->started)
		return 0;
	track->started = true;
	int r = decoder_open(config, track->stream, inplace, track->source.live, track->report, &track->decoder,
			     ret_error);
	if (r < 0)
		return r;
	track->inplace = inplace ? inplace_ref(inplace) : NULL;
	track->source.decoder = track->decoder;
	for (size_t i = 0; i < track->count; i++)
		begin_stream(track, track->streams[i]);
	return catch_up(track, ret_error);
}

void track_stop(struct track *track)
{
	avcodec_free_context(&track->decoder);
	inplace_unref(track->inplace);
	track->inplace = NULL;
	track->started = false;
	track->source.decoder = NULL;
	track->progress.first_decoded_ns = 0;
	track->progress.frames = 0;
}

static int64_t or_nopts(int64_t ns)
{
	return ns == TIMELINE_UNKNOWN ? AV_NOPTS_VALUE : ns;
}

int track_packet(struct track *track, AVPacket *packet, const struct timeline_place *place,
		 const struct arrival *arrival, struct media_error *ret_error)
{
	if (!track->progress.first_packet_ns) {
		track->progress.first_packet_ns = arrival->capture_ns;
		track->next_ns = place->order_ns;
	}
	track->progress.key_seen = track->progress.key_seen || (packet->flags & AV_PKT_FLAG_KEY);
	if (!track->progress.key_seen)
		return 0;
	packet->pts = or_nopts(place->pts_ns);
	packet->dts = or_nopts(place->dts_ns);
	packet->duration = place->duration_ns;
	int64_t serial = arrivals_add(&track->arrivals, arrival->capture_ns, arrival->utc_ns, arrival->breaks);
	if (track->keeps && track->count > 0)
		backlog_add(&track->backlog, packet, serial);
	return track->decoder ? decode(track, packet, serial, ret_error) : 0;
}

int track_drain(struct track *track, struct media_error *ret_error)
{
	if (!track->decoder)
		return 0;
	avcodec_send_packet(track->decoder, NULL);
	int r = take_frames(track, ret_error);
	for (size_t i = 0; i < track->count && r == 0; i++) {
		struct stream *stream = track->streams[i];
		r = stream->video ? video_drain(stream->video, &track->arrivals) : audio_drain(stream->audio);
	}
	return r;
}

int track_repeat(struct track *track, int64_t pts_ns)
{
	if (!track->still || !track->still->buf[0])
		return 0;
	struct arrival newest = arrivals_find(&track->arrivals, 0);
	track->still->pts = pts_ns;
	track->still->reordered_opaque =
		arrivals_add(&track->arrivals, clock_monotonic_ns(), clock_utc_ns(), newest.breaks);
	return hand_on(track, track->still);
}
