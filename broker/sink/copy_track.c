/* copy_track.c: packets keep their bytes and their distances in time. They are taken from the ring as frames are: not
 * further ahead of their time than is allowed. */
#include "sink/copy_track.h"
#include "base/clock.h"
#include "base/error.h"
#include "media/codec_parameters.h"
#include "sink/audio_track.h"
#include "sink/early_packets.h"
#include "sink/packet_choice.h"
#include <stdlib.h>
#include <string.h>

#define AHEAD_NS (2 * NS_PER_SECOND) /* what frame_ahead: auto is */
#define GUESSED_RATE 25

static const AVRational nanoseconds = {1, 1000000000};

struct copy_track {
	struct host *host;
	const struct output *output;
	unsigned track; /* of the queue */
	const char *stream;
	struct packet_choice choice;
	struct early_packets early;
	struct timeline_track timeline;
	struct codec_parameters parameters; /* of what is pushed; codec NULL: not begun */
	int64_t origin_ns;
	int64_t last_dts;            /* in its time base */
	struct audio_track *encoded; /* in its place; NULL: none */
	bool over;
};

static void tell_problem(struct copy_track *track, const char *text, const char *mend)
{
	struct media_error error;
	error_say(&error, mend, "%s: copy: %s", track->track == QUEUE_VIDEO ? "video" : "audio", text);
	report_problem(track->host->report, track->track == QUEUE_VIDEO ? REPORT_VIDEO : REPORT_AUDIO, &error);
}

/* The output cannot hold it: decoded by the source, and encoded here. */
static void encode_instead(struct copy_track *track)
{
	struct media_error error;
	enum AVCodecID id = output_default_codec(track->output, AVMEDIA_TYPE_AUDIO);
	const AVCodec *codec = avcodec_find_encoder(id);
	track->over = true;
	if (!codec || strcmp(track->host->config->audio.stream, track->stream) == 0)
		tell_problem(track, "the output cannot hold this codec",
			     "name an encoder and a stream that is decoded");
	else if (audio_track_create(track->host, codec->name, &track->encoded, &error) < 0)
		report_problem(track->host->report, REPORT_AUDIO, &error);
}

static bool is_refused(const struct copy_track *track, const struct codec_parameters *parameters)
{
	return track->track == QUEUE_AUDIO && !output_takes(track->output, parameters->codec->codec_id);
}

/* What follows is of that kind. */
static void begin(struct copy_track *track, const struct codec_parameters *parameters, int64_t origin_ns)
{
	struct queue_track info = {parameters->codec, parameters->time_base, parameters->frame_rate, origin_ns};
	if (queue_begin(track->host->queue, track->track, &info) < 0) {
		tell_problem(track, error_text(), "");
		return;
	}
	report_problem(track->host->report, track->track == QUEUE_VIDEO ? REPORT_VIDEO : REPORT_AUDIO, NULL);
	track->origin_ns = origin_ns;
	track->last_dts = INT64_MIN;
}

/* Takes the parameters. */
static void take_parameters(struct copy_track *track, struct codec_parameters *parameters, int64_t offset_ns)
{
	parameters->codec->codec_tag = 0; /* the input container's */
	if (!track->parameters.codec || !codec_parameters_fit(&track->parameters, parameters))
		begin(track, parameters, offset_ns);
	codec_parameters_clear(&track->parameters);
	track->parameters = *parameters;
}

static int64_t ahead_ns(const struct copy_track *track)
{
	int frames = track->host->config->video.frame_ahead;
	AVRational rate = track->parameters.frame_rate;
	if (track->track != QUEUE_VIDEO || frames == CONFIG_AUTO)
		return AHEAD_NS;
	if (rate.num <= 0 || rate.den <= 0)
		rate = (AVRational){GUESSED_RATE, 1};
	return av_rescale(frames, rate.den * NS_PER_SECOND, rate.num);
}

static void push(struct copy_track *track, const struct fb_frame *ring, int64_t offset_ns)
{
	AVPacket *packet = av_packet_alloc();
	if (!packet || av_new_packet(packet, (int)ring->size) < 0) {
		av_packet_free(&packet);
		tell_problem(track, "out of memory", "");
		return;
	}
	AVRational time_base = track->parameters.time_base;
	int64_t moved = av_rescale_q(offset_ns - track->origin_ns, nanoseconds, time_base);
	memcpy(packet->data, ring->data[0], ring->size);
	packet->dts = av_rescale_q(ring->dts_ns, nanoseconds, time_base) + moved;
	packet->pts = av_rescale_q(ring->pts_ns, nanoseconds, time_base) + moved;
	packet->duration = av_rescale_q(ring->duration_ns, nanoseconds, time_base);
	bool key = track->track == QUEUE_AUDIO || (ring->flags & FB_KEY_FRAME);
	packet->flags = key ? AV_PKT_FLAG_KEY : 0;
	if (packet->dts <= track->last_dts) /* after a jump */
		packet->dts = track->last_dts + 1;
	packet->pts = FFMAX(packet->pts, packet->dts);
	track->last_dts = packet->dts;
	queue_push(track->host->queue, track->track, packet, host_start_ns(track->host));
}

/* What is to be added to its time stamps to get playing times. */
static int64_t place(struct copy_track *track, const struct fb_frame *ring)
{
	int64_t late_ns;
	struct timeline_frame times = {.pts_ns = ring->dts_ns,
				       .duration_ns = ring->duration_ns,
				       .capture_ns = ring->capture_ns + ring->dts_ns - ring->pts_ns,
				       .discontinuity = ring->flags & FB_DISCONTINUITY};
	if (track->track == QUEUE_VIDEO || !track->host->config->video.stream[0])
		atomic_store(&report_statistics(track->host->report)->input_ns, clock_monotonic_ns());
	return host_place(track->host, &track->timeline, &times, &late_ns) - ring->dts_ns;
}

/* Of the packet that describes its track: *ret_parameters for codec_parameters_clear(). */
static bool describes(struct copy_track *track, const struct fb_frame *ring, struct codec_parameters *ret_parameters)
{
	if (ring->metadata_size == 0)
		return false;
	if (codec_parameters_read(ring->metadata, ring->metadata_size, ret_parameters) == 0)
		return true;
	tell_problem(track, error_text(), "restart the broker: its programs are of different versions");
	return false;
}

/* A packet of our track. */
static void take_ours(struct copy_track *track, const struct fb_frame *ring)
{
	struct codec_parameters parameters;
	bool described = describes(track, ring, &parameters);
	if (!described && !track->parameters.codec)
		return;
	if (described && is_refused(track, &parameters)) {
		codec_parameters_clear(&parameters);
		encode_instead(track);
		return;
	}
	int64_t offset_ns = place(track, ring);
	if (described)
		take_parameters(track, &parameters, offset_ns);
	if (!track->host->unpaced)
		host_sleep_until(track->host, host_start_ns(track->host) + ring->dts_ns + offset_ns - ahead_ns(track));
	push(track, ring, offset_ns);
}

void copy_track_take(struct copy_track *track, const struct fb_frame *ring)
{
	struct codec_parameters parameters;
	if (track->over)
		return;
	if (ring->info->media != FB_PACKET) {
		tell_problem(track, "this stream has no packets", "name a stream of a source");
		return;
	}
	if (!track->choice.chosen && describes(track, ring, &parameters)) {
		packet_choice_tell(&track->choice, ring->track, parameters.codec->codec_type, clock_monotonic_ns());
		codec_parameters_clear(&parameters);
	}
	if (!track->choice.chosen) { /* packets wait until it is known which are ours */
		early_packets_add(&track->early, ring);
		return;
	}
	for (unsigned i = 0; i < track->early.count; i++)
		if (track->early.packets[i].track == track->choice.track)
			take_ours(track, &track->early.packets[i]);
	early_packets_clear(&track->early);
	if (ring->track == track->choice.track)
		take_ours(track, ring);
}

bool copy_track_is_over(const struct copy_track *track)
{
	return track->over;
}

void copy_track_end(struct copy_track *track)
{
	if (!track->encoded)
		queue_end(track->host->queue, track->track);
}

int copy_track_create(struct host *host, unsigned queue_track, const struct job_packets *packets,
		      const struct output *output, struct copy_track **ret_track, struct media_error *ret_error)
{
	struct copy_track *track = calloc(1, sizeof *track);
	if (!track)
		return error_say(ret_error, "", "out of memory");
	track->host = host;
	track->track = queue_track;
	track->output = output;
	track->stream = packets->stream;
	track->timeline.same_clock = host->same_clock;
	track->choice.wanted = queue_track == QUEUE_VIDEO ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
	track->choice.number = packets->track == CONFIG_AUTO ? 0 : packets->track;
	*ret_track = track;
	return 0;
}

void copy_track_destroy(struct copy_track *track)
{
	if (!track)
		return;
	audio_track_destroy(track->encoded);
	early_packets_clear(&track->early);
	codec_parameters_clear(&track->parameters);
	free(track);
}
