/* packets.c: what makes packets usable by others: times on the source's timeline, and what their decoder must know on
 * every key packet. */
#include "source/packets.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "media/codec_parameters.h"
#include "media/packet_room.h"
#include "source/packet_rates.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_SLICE_NS (100 * NS_PER_MS)
#define PARAMETERS_EVERY_NS NS_PER_SECOND /* where every packet is a key packet */

struct packet_track {
	bool video, main_media, best;
	uint16_t ordinal; /* in its media */
	bool key_seen, begun;
	bool gap;         /* packets were dropped */
	bool told;        /* the parameters, in this generation */
	int64_t told_ns;  /* at which time of the stream */
	uint32_t breaks;  /* of its last packet */
	void *parameters; /* NULL: the track is left out */
	uint32_t parameters_size;
	int64_t last_dts_ns;
	const AVStream *stream;
};

struct packets {
	struct output output;
	struct fb_worker_layout layout; /* slot_bytes: of the ring; claims: packets in it */
	struct packet_track *tracks;
	unsigned count;
};

struct packets *packets_create(const struct config_output *config, const struct output_host *host)
{
	struct packets *packets = calloc(1, sizeof *packets);
	if (packets)
		output_init(&packets->output, config, host);
	return packets;
}

static void free_tracks(struct packets *packets)
{
	for (unsigned i = 0; i < packets->count; i++)
		free(packets->tracks[i].parameters);
	free(packets->tracks);
	packets->tracks = NULL;
	packets->count = 0;
}

void packets_destroy(struct packets *packets, bool end)
{
	if (!packets)
		return;
	output_finish(&packets->output, end);
	free_tracks(packets);
	free(packets);
}

struct output *packets_output(struct packets *packets)
{
	return &packets->output;
}

bool packets_has_track(const AVStream *stream)
{
	enum AVMediaType type = stream->codecpar->codec_type;
	return (type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO || type == AVMEDIA_TYPE_SUBTITLE) &&
	       !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC) &&
	       avcodec_descriptor_get(stream->codecpar->codec_id);
}

/* ---- the tracks of a connection ---- */

/* The bytes that describe a track; extradata where it has come anew, else NULL: the input's. */
static int describe_track(struct packets *packets, struct packet_track *track, const uint8_t *extradata, size_t size)
{
	AVCodecParameters codec = *track->stream->codecpar;
	AVRational frame_rate = track->stream->avg_frame_rate;
	struct codec_parameters parameters = {
		.codec = &codec,
		.time_base = track->stream->time_base,
		.frame_rate = frame_rate.num > 0 && frame_rate.den > 0 ? frame_rate : (AVRational){0, 1},
		.ordinal = track->ordinal,
		.best = track->best};
	const uint8_t *matrix = av_stream_get_side_data(track->stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
	if (extradata) {
		codec.extradata = (uint8_t *)extradata;
		codec.extradata_size = (int)size;
	}
	if (matrix) {
		parameters.has_matrix = true;
		memcpy(parameters.display_matrix, matrix, sizeof parameters.display_matrix);
	}
	void *bytes;
	int r = codec_parameters_write(&parameters, &bytes, &track->parameters_size);
	if (r < 0) {
		output_problem(&packets->output, error_text(), "leave this track out of the source");
		return r;
	}
	free(track->parameters);
	track->parameters = bytes;
	return 0;
}

static void set_layout(struct packets *packets, const struct input *input, int64_t preroll_ns)
{
	AVFormatContext *format = input->format;
	struct fb_stream_info *info = &packets->layout.info;
	struct packet_room room = packet_room(packet_rates_bits(format), packet_rates_packets(format), preroll_ns);
	int video = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	int audio = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
	int named = video >= 0 ? video : audio;
	*info = (struct fb_stream_info){.media = FB_PACKET, .slot_bytes = FFMAX(room.bytes, info->slot_bytes)};
	packets->layout.claims = room.packets;
	if (room.reach_ns < preroll_ns)
		report_note(packets->output.host.report, "preroll: the ring of packets reaches back some %lld s only",
			    (long long)(room.reach_ns / NS_PER_SECOND));
	if (named >= 0)
		snprintf(info->format, sizeof info->format, "%s",
			 avcodec_get_name(format->streams[named]->codecpar->codec_id));
	if (video >= 0) {
		AVRational rate = av_guess_frame_rate(format, format->streams[video], NULL);
		info->width = (uint32_t)format->streams[video]->codecpar->width;
		info->height = (uint32_t)format->streams[video]->codecpar->height;
		info->frame_rate = (struct fb_rational){rate.num, rate.den};
	}
	if (audio >= 0) {
		info->sample_rate = (uint32_t)format->streams[audio]->codecpar->sample_rate;
		info->channels = (uint32_t)format->streams[audio]->codecpar->ch_layout.nb_channels;
	}
	for (unsigned i = 0; i < packets->count; i++)
		packets->tracks[i].main_media = (int)i == named;
}

/* Which of the tracks of its media it is, counted and chosen as track_find() does. */
static void rank(struct packets *packets, const struct input *input, unsigned index)
{
	struct packet_track *track = &packets->tracks[index];
	enum AVMediaType type = track->stream->codecpar->codec_type;
	for (unsigned i = 0; i < index; i++)
		track->ordinal += packets->tracks[i].stream->codecpar->codec_type == type &&
				  packets_has_track(packets->tracks[i].stream);
	track->best = av_find_best_stream(input->format, type, -1, -1, NULL, 0) == (int)index;
}

int packets_begin(struct packets *packets, const struct input *input, int64_t preroll_ns, struct media_error *ret_error)
{
	free_tracks(packets);
	packets->tracks = calloc(input->format->nb_streams, sizeof *packets->tracks);
	if (!packets->tracks)
		return error_say(ret_error, "", "out of memory");
	packets->count = input->format->nb_streams;
	packets->output.live = input->live;
	for (unsigned i = 0; i < packets->count; i++) {
		struct packet_track *track = &packets->tracks[i];
		track->stream = input->format->streams[i];
		track->video = track->stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
		track->breaks = packets->output.breaks;
		rank(packets, input, i);
		if (packets_has_track(track->stream))
			describe_track(packets, track, NULL, 0);
	}
	set_layout(packets, input, preroll_ns);
	return 0;
}

/* ---- packets ---- */

/* All tracks are described anew in a new generation. */
static int open_generation(struct packets *packets)
{
	int r = output_open(&packets->output, &packets->layout);
	for (unsigned i = 0; i < packets->count; i++)
		packets->tracks[i].told = false;
	return r;
}

/* A packet that is too large for the ring: the next one is larger. */
static int grow(struct packets *packets, uint32_t size)
{
	uint64_t wanted = 4 * ((uint64_t)size + LIMIT_METADATA) / 64 * 64;
	if (wanted > LIMIT_RING_BYTES || wanted <= packets->layout.info.slot_bytes) {
		output_problem(&packets->output, fb_error_text(), "");
		return -EAGAIN;
	}
	packets->layout.info.slot_bytes = wanted;
	fb_writer_close(&packets->output.writer);
	return 0;
}

/* As output_claim() finds a slot. */
static int publish(struct packets *packets, const struct packet_track *track, struct fb_worker_packet *packet)
{
	struct output *output = &packets->output;
	for (;;) {
		int r = output_fits(output, &packets->layout) ? 0 : open_generation(packets);
		if (r < 0)
			return r;
		packet->metadata = track->told ? NULL : track->parameters;
		packet->metadata_size = track->told ? 0 : track->parameters_size;
		r = fb_worker_publish_packet(output->writer, packet, output->live ? 0 : WAIT_SLICE_NS, NULL);
		if (r == 0)
			return 0;
		if (r == -EMSGSIZE)
			r = grow(packets, packet->size);
		else
			r = output_refused(output, r);
		if (r < 0 && (r != -EPIPE || output->live))
			return r;
	}
}

/* Muxers need both times. A pts that is not known is taken for the dts; a dts is guessed by how many pictures the codec
 * puts into another order, and only ever rises. */
static void set_times(struct packet_track *track, const struct timeline_place *place, struct fb_worker_packet *packet)
{
	int64_t delay_ns = track->stream->codecpar->video_delay * place->duration_ns;
	packet->duration_ns = place->duration_ns;
	packet->pts_ns = place->pts_ns != TIMELINE_UNKNOWN ? place->pts_ns : place->order_ns;
	packet->dts_ns = place->dts_ns;
	if (packet->dts_ns == TIMELINE_UNKNOWN && !track->begun)
		packet->dts_ns = packet->pts_ns - delay_ns;
	else if (packet->dts_ns == TIMELINE_UNKNOWN)
		packet->dts_ns = FFMIN(packet->pts_ns, track->last_dts_ns + FFMAX(place->duration_ns, 1));
	track->begun = true;
	track->last_dts_ns = packet->dts_ns;
}

static uint32_t flags_of(const struct packet_track *track, const AVPacket *packet, uint32_t breaks)
{
	return (packet->flags & AV_PKT_FLAG_KEY ? FB_KEY_FRAME : 0) |
	       (packet->flags & AV_PKT_FLAG_CORRUPT ? FB_CORRUPT : 0) |
	       (breaks != track->breaks || track->gap ? FB_DISCONTINUITY : 0);
}

/* Whether the track's parameters travel with this packet: told says that they do not. */
static void decide_parameters(struct packets *packets, struct packet_track *track, const AVPacket *packet,
			      int64_t now_ns)
{
	size_t size = 0;
	const uint8_t *extradata = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
	bool due = track->video ? packet->flags & AV_PKT_FLAG_KEY : now_ns - track->told_ns >= PARAMETERS_EVERY_NS;
	if (extradata && size > 0)
		due = describe_track(packets, track, extradata, size) == 0 || due;
	if (due)
		track->told = false;
}

int packets_take(struct packets *packets, const AVPacket *packet, const struct timeline_place *place,
		 const struct arrival *arrival)
{
	struct packet_track *track =
		(unsigned)packet->stream_index < packets->count ? &packets->tracks[packet->stream_index] : NULL;
	if (!track || !track->parameters)
		return 0;
	track->key_seen = track->key_seen || !track->video || packet->flags & AV_PKT_FLAG_KEY;
	if (!track->key_seen)
		return 0;
	struct fb_worker_packet wanted = {.data = packet->data,
					  .size = (uint32_t)packet->size,
					  .capture_ns = arrival->capture_ns,
					  .utc_ns = arrival->utc_ns,
					  .track = (uint32_t)packet->stream_index,
					  .flags = flags_of(track, packet, arrival->breaks)};
	set_times(track, place, &wanted);
	decide_parameters(packets, track, packet, place->order_ns);
	int r = publish(packets, track, &wanted);
	if (r < 0) {
		track->gap = true;
		track->key_seen = false; /* nobody can decode what follows */
		return r == -ECANCELED ? r : 0;
	}
	if (!track->told)
		track->told_ns = place->order_ns;
	track->told = true;
	track->gap = false;
	track->breaks = arrival->breaks;
	packets->output.breaks = arrival->breaks;
	output_problem(&packets->output, NULL, NULL);
	report_published(packets->output.host.report, track->main_media);
	return 0;
}
