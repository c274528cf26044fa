/* kept.c: publishes packets at their playing time, with what their decoder must know on key packets of pictures, and
 * each second with sound. */
#include "sink/kept.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "media/codec_parameters.h"
#include "media/packet_room.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BITS_A_PIXEL 0.2       /* of cameras that do not save */
#define UNKNOWN_RATE 60.0      /* packets a second */
#define AGAIN_NS NS_PER_SECOND /* between tries to open the stream, and tellings of what sound is */

struct kept_track {
	bool key_seen; /* since the last packet that was left out */
	int64_t told_ns;
};

struct kept {
	fb_broker *broker;
	const char *stream;
	const struct config_sink *config;
	pthread_mutex_t lock; /* of all below */
	fb_writer *writer;    /* NULL: none yet, or no longer */
	int64_t tried_ns;
	bool failed; /* that was said */
	struct kept_track tracks[QUEUE_TRACKS];
};

int kept_create(fb_broker *broker, const char *stream, const struct config_sink *config, struct kept **ret_kept)
{
	struct kept *kept = calloc(1, sizeof *kept);
	if (!kept)
		return error_set(ENOMEM, "out of memory");
	*kept = (struct kept){.broker = broker, .stream = stream, .config = config};
	pthread_mutex_init(&kept->lock, NULL);
	*ret_kept = kept;
	return 0;
}

void kept_destroy(struct kept *kept)
{
	if (!kept)
		return;
	fb_writer_close(&kept->writer);
	pthread_mutex_destroy(&kept->lock);
	free(kept);
}

/* ---- the stream ---- */

/* What the first packet's track does not tell is in the keys, or guessed. */
static struct packet_room guess_room(const struct kept *kept, const struct queue_track *info)
{
	const struct config_sink *config = kept->config;
	const AVCodecParameters *codec = info->parameters;
	double bits = 0, packets = 0;
	if (*config->video.stream) {
		double rate = info->frame_rate.num > 0 ? av_q2d(info->frame_rate) : UNKNOWN_RATE;
		double copied = strcmp(config->video.codec, "copy") == 0 ? codec->width * codec->height * rate : 0;
		bits += FFMAX3((double)config->video.bit_rate, (double)codec->bit_rate, copied * BITS_A_PIXEL);
		packets += rate;
	}
	if (*config->audio.stream) {
		bits += (double)config->audio.bit_rate;
		packets += UNKNOWN_RATE;
	}
	return packet_room(bits, packets, config->preroll_ns);
}

static struct fb_stream_info describe(const struct queue_track *info)
{
	const AVCodecParameters *codec = info->parameters;
	struct fb_stream_info stream = {.media = FB_PACKET,
					.width = (uint32_t)codec->width,
					.height = (uint32_t)codec->height,
					.frame_rate = {info->frame_rate.num, info->frame_rate.den},
					.sample_rate = (uint32_t)codec->sample_rate,
					.channels = (uint32_t)codec->ch_layout.nb_channels};
	snprintf(stream.format, sizeof stream.format, "%s", avcodec_get_name(codec->codec_id));
	return stream;
}

/* All tracks are described anew in a new generation. */
static int open_writer(struct kept *kept, const struct queue_track *info, int64_t now_ns)
{
	if (kept->tried_ns && now_ns - kept->tried_ns < AGAIN_NS)
		return -EAGAIN;
	kept->tried_ns = now_ns;
	struct packet_room room = guess_room(kept, info);
	struct fb_stream_info stream = describe(info);
	int r = fb_worker_packets_open(kept->broker, kept->stream, &stream, room.bytes, room.packets, &kept->writer);
	if (r < 0 && !kept->failed)
		log_error("sink", "preroll: %s", fb_error_text());
	kept->failed = r < 0;
	for (unsigned i = 0; i < QUEUE_TRACKS; i++)
		kept->tracks[i] = (struct kept_track){0};
	return r;
}

/* ---- packets ---- */

/* Its time base is the monotonic clock's, so that they go on rising when another worker goes on. */
static int64_t time_of(const struct queue_track *info, int64_t stamp, int64_t start_ns)
{
	return start_ns + info->origin_ns + av_rescale_q(stamp, info->time_base, (AVRational){1, 1000000000});
}

/* Pictures begin with the first, so that a stream has a name and a size. */
static bool may_begin(const struct kept *kept, unsigned track, const AVPacket *packet)
{
	return track == QUEUE_VIDEO ? packet->flags & AV_PKT_FLAG_KEY : kept->writer || !*kept->config->video.stream;
}

static int publish(struct kept *kept, unsigned track, const struct queue_track *info, const AVPacket *packet,
		   int64_t start_ns)
{
	int64_t now_ns = clock_monotonic_ns(), pts_ns = time_of(info, packet->pts, start_ns);
	struct kept_track *its = &kept->tracks[track];
	bool key = packet->flags & AV_PKT_FLAG_KEY;
	bool tell = track == QUEUE_VIDEO ? key : now_ns - its->told_ns >= AGAIN_NS;
	void *parameters = NULL;
	struct fb_worker_packet wanted = {
		.data = packet->data,
		.size = (uint32_t)packet->size,
		.pts_ns = pts_ns,
		.dts_ns = time_of(info, packet->dts, start_ns),
		.duration_ns = av_rescale_q(packet->duration, info->time_base, (AVRational){1, 1000000000}),
		.capture_ns = pts_ns,
		.utc_ns = clock_utc_ns() - now_ns + pts_ns,
		.track = track,
		.flags = key ? FB_KEY_FRAME : 0};
	struct codec_parameters all = {
		.codec = info->parameters, .time_base = info->time_base, .frame_rate = info->frame_rate, .best = true};
	int r = tell ? codec_parameters_write(&all, &parameters, &wanted.metadata_size) : 0;
	wanted.metadata = parameters;
	if (r == 0)
		r = fb_worker_publish_packet(kept->writer, &wanted, 0, NULL);
	free(parameters);
	if (r == 0 && tell)
		its->told_ns = now_ns;
	return r;
}

void kept_see(void *context, unsigned track, const struct queue_track *info, const AVPacket *packet, int64_t start_ns)
{
	struct kept *kept = context;
	pthread_mutex_lock(&kept->lock);
	struct kept_track *its = &kept->tracks[track];
	int r = 0;
	if (!its->key_seen && !may_begin(kept, track, packet))
		r = -EAGAIN;
	else if (!kept->writer)
		r = open_writer(kept, info, clock_monotonic_ns());
	if (r == 0)
		r = publish(kept, track, info, packet, start_ns);
	its->key_seen = r == 0;
	if (r == -EPIPE)
		fb_writer_close(&kept->writer);
	pthread_mutex_unlock(&kept->lock);
}
