/* sender.c: while there is no connection, what becomes due is thrown away, so that nothing piles up and what comes
 * after is in time. Time stamps go on over lost connections. */
#include "sink/sender.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "media/retry.h"
#include <errno.h>

#define SLICE_NS (100 * NS_PER_MS)
#define SETTLED_NS (2 * NS_PER_SECOND) /* a connection that lasted so long was a good one */
#define SOUND_BEFORE_NS (500 * NS_PER_MS)
#define GRACE_NS (2 * NS_PER_SECOND) /* beyond a timeout of the output's own, for encoders that are slow to begin */

static struct statistics *statistics_of(const struct sender *sender)
{
	return report_statistics(sender->host->report);
}

static bool stopping(const struct sender *sender)
{
	return host_stopping(sender->host);
}

/* When the worker is to stop, the tracks end by themselves; what is left is sent at once. */
static void hurry_when_stopping(const struct sender *sender)
{
	if (stopping(sender))
		queue_hurry(sender->host->queue);
}

static unsigned wanted_tracks(const struct sender *sender)
{
	const struct config_sink *config = sender->host->config;
	return (config->video.stream[0] ? 1u << QUEUE_VIDEO : 0) | (config->audio.stream[0] ? 1u << QUEUE_AUDIO : 0);
}

/* The track's own thread takes it back, when it has something to encode. */
static void tell_missing(const struct sender *sender, unsigned ready)
{
	const struct config_sink *config = sender->host->config;
	bool no_video = !(ready & 1u << QUEUE_VIDEO);
	struct media_error error;
	error_say(&error, "look at that stream; what is sent begins anew when it comes",
		  "stream %s gives nothing: %s is left out", no_video ? config->video.stream : config->audio.stream,
		  no_video ? "the picture" : "the sound");
	report_problem(sender->host->report, no_video ? REPORT_VIDEO : REPORT_AUDIO, &error);
}

/* Waits for all tracks, or for some until max_delay is over. 0: there will be none. */
static unsigned wait_for_tracks(struct sender *sender)
{
	unsigned ready = 0, wanted = wanted_tracks(sender);
	int64_t waited_ns = 0;
	while (ready != wanted && !stopping(sender) && !queue_is_over(sender->host->queue)) {
		watch_begin(sender->watch, WATCH_WORK_NS);
		ready = queue_ready(sender->host->queue, ready, clock_monotonic_ns() + SLICE_NS, &waited_ns);
		if (ready && ready != wanted && waited_ns > sender->host->config->max_delay_ns + GRACE_NS) {
			tell_missing(sender, ready);
			break;
		}
	}
	return ready;
}

static unsigned describe_tracks(struct sender *sender, struct output_track tracks[])
{
	unsigned count = 0;
	for (unsigned i = 0; i < QUEUE_TRACKS; i++) {
		if (!(sender->tracks & 1u << i))
			continue;
		const struct queue_track *track = queue_track(sender->host->queue, i);
		sender->place[i] = count;
		sender->opened[i] = track;
		tracks[count++] = (struct output_track){track->parameters, track->time_base, track->frame_rate};
	}
	return count;
}

/* False: it failed, which is reported. */
static bool connect_output(struct sender *sender)
{
	struct output_track tracks[QUEUE_TRACKS];
	struct media_error error = {0};
	if (!sender->failed || !sender->error.absent) /* else it stays lost: that is asked each second */
		report_state(sender->host->report, FB_CONNECTING, sender->failed ? &sender->error : NULL);
	unsigned count = describe_tracks(sender, tracks);
	if (output_open(sender->output, tracks, count, &error) < 0) {
		sender->failed = true;
		sender->error = error;
		if (!stopping(sender)) /* else it was cut off by that */
			report_state(sender->host->report, FB_LOST, &error);
		return false;
	}
	sender->begun = false;
	sender->opened_ns = clock_monotonic_ns();
	if ((sender->failed || sender->was_open) && sender->video)
		video_track_want_key(sender->video);
	if (!sender->was_open && !sender->failed)
		queue_put_off(sender->host->queue);
	else if (sender->failed && sender->was_open)
		atomic_fetch_add(&statistics_of(sender)->reconnects, 1);
	sender->was_open = true;
	report_file(sender->host->report, output_file(sender->output));
	return true;
}

/* Whether a connection can begin with this packet: with a key frame; where nothing is to be lost, with the sound just
 * before one. */
static bool is_beginning(const struct sender *sender, const struct queue_item *item)
{
	if (!(sender->tracks & 1u << QUEUE_VIDEO))
		return true;
	if (item->track == QUEUE_VIDEO)
		return item->packet->flags & AV_PKT_FLAG_KEY;
	return !sender->video && queue_key_frame_follows(sender->host->queue, item->dts_ns + SOUND_BEFORE_NS);
}

/* Packets from before the beginning, or from before a change, are not. */
static bool is_sent(struct sender *sender, const struct queue_item *item)
{
	if (!(sender->tracks & 1u << item->track) || item->info != sender->opened[item->track])
		return false;
	if (sender->begun)
		return true;
	if (!is_beginning(sender, item))
		return false;
	if (!sender->has_zero)
		sender->zero_ns = item->dts_ns;
	sender->has_zero = true;
	return true;
}

static void count(struct sender *sender, const struct queue_item *item, int size)
{
	struct statistics *statistics = statistics_of(sender);
	unsigned main_track = sender->tracks & 1u << QUEUE_VIDEO ? QUEUE_VIDEO : QUEUE_AUDIO;
	atomic_fetch_add(&statistics->bytes, (uint64_t)size);
	if (item->track == main_track)
		atomic_fetch_add(&statistics->frames, 1);
	if (item->alone)
		atomic_fetch_add(&statistics->sound_late, 1);
	sender->sent_ns[item->track] = item->dts_ns;
	if (sender->tracks == (1u << QUEUE_VIDEO | 1u << QUEUE_AUDIO))
		atomic_store(&statistics->sound_offset_ns, sender->sent_ns[QUEUE_AUDIO] - sender->sent_ns[QUEUE_VIDEO]);
}

static void stamp(const struct sender *sender, const struct queue_item *item)
{
	static const AVRational nanoseconds = {1, 1000000000};
	const struct queue_track *track = item->info;
	AVPacket *packet = item->packet;
	int64_t offset = av_rescale_q(track->origin_ns - sender->zero_ns, nanoseconds, track->time_base);
	packet->pts += offset;
	packet->dts += offset;
	packet->stream_index = (int)sender->place[item->track];
	if (packet->duration == 0 && track->frame_rate.num > 0)
		packet->duration = av_rescale_q(1, av_inv_q(track->frame_rate), track->time_base);
}

/* False: the connection is lost, which is reported. Takes the packet. */
static bool send_packet(struct sender *sender, struct queue_item *item)
{
	struct media_error error = {0};
	int size = item->packet->size;
	bool sent = is_sent(sender, item);
	int r = 0;
	if (sent) {
		stamp(sender, item);
		r = output_write(sender->output, item->packet, &error);
	}
	av_packet_free(&item->packet);
	if (r < 0) {
		sender->failed = true;
		sender->error = error;
		report_state(sender->host->report, FB_LOST, &error);
		return false;
	}
	if (!sent)
		return true;
	count(sender, item, size);
	if (!sender->begun)
		report_state(sender->host->report, FB_LIVE, NULL);
	sender->begun = true;
	return true;
}

enum sending { SENDING_OVER, SENDING_LOST, SENDING_OTHER_TRACKS };

/* Whether the packet is of a track that has begun, or of a codec that has changed, since the output was opened. */
static bool is_other(const struct sender *sender, const struct queue_item *item)
{
	if (!(sender->tracks & 1u << item->track))
		return true;
	return item->info != sender->opened[item->track] && item->info == queue_track(sender->host->queue, item->track);
}

static enum sending send_packets(struct sender *sender)
{
	for (;;) {
		struct queue_item item = sender->next;
		watch_begin(sender->watch, WATCH_WORK_NS);
		hurry_when_stopping(sender);
		sender->next.packet = NULL;
		int r = item.packet ? 0 : queue_next(sender->host->queue, clock_monotonic_ns() + SLICE_NS, &item);
		if (r == -ENODATA)
			return SENDING_OVER;
		if (r == 0 && is_other(sender, &item)) {
			sender->next = item;
			return SENDING_OTHER_TRACKS;
		}
		if (r == 0 && !send_packet(sender, &item))
			return SENDING_LOST;
	}
}

/* Waits before the next try; what becomes due meanwhile is thrown away. False: there is nothing more to send. */
static bool pause_after_failure(struct sender *sender, struct backoff *backoff)
{
	struct queue_item item;
	if (sender->begun && clock_monotonic_ns() - sender->opened_ns > SETTLED_NS)
		backoff_reset(backoff);
	int64_t until_ns = clock_monotonic_ns() + retry_delay_ns(backoff, &sender->error);
	while (clock_monotonic_ns() < until_ns) {
		watch_begin(sender->watch, WATCH_WORK_NS);
		int r = queue_next(sender->host->queue, FFMIN(until_ns, clock_monotonic_ns() + SLICE_NS), &item);
		if (r == 0) {
			atomic_fetch_add(&statistics_of(sender)->dropped, item.track == QUEUE_VIDEO);
			av_packet_free(&item.packet);
		}
		if (r == -ENODATA || stopping(sender))
			return false;
	}
	return true;
}

static void close_output(struct sender *sender, bool ended)
{
	struct media_error error = {0};
	if (output_close(sender->output, ended, &error) < 0 && !sender->failed) {
		sender->failed = true;
		sender->error = error;
	}
}

void sender_run(struct sender *sender)
{
	const struct config_sink *config = sender->host->config;
	struct backoff backoff = {.first_ns = config->reconnect_delay_ns, .max_ns = config->reconnect_delay_max_ns};
	bool more = (sender->tracks = wait_for_tracks(sender)) != 0;
	while (more) {
		enum sending end = SENDING_LOST;
		if (connect_output(sender)) {
			sender->failed = false;
			end = send_packets(sender);
			close_output(sender, end == SENDING_OVER && !stopping(sender));
		}
		if (end == SENDING_OTHER_TRACKS)
			sender->tracks = wait_for_tracks(sender);
		more = end == SENDING_OTHER_TRACKS || (end == SENDING_LOST && pause_after_failure(sender, &backoff));
	}
	av_packet_free(&sender->next.packet);
	if (!stopping(sender))
		report_state(sender->host->report, FB_ENDED, sender->failed ? &sender->error : NULL);
}
