/* source_packets_test.c: a source with a packet output: its packets, and decoders that rest and begin again. */
#include "base/clock.h"
#include "base/limits.h"
#include "media/packet_room.h"
#include "source/backlog.h"
#include "source/packet_rates.h"
#include "source_double.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FRAMES 1000
#define BOTH "{url: clip.mp4, readrate: 0, linger: 0s, outputs: {clip: {}, p: {media: packet}}}"

static struct broker_double *broker;
static const struct double_frame *frames[FRAMES], *packets[FRAMES];

static int make_clip(void **state)
{
	static char folder[] = "/tmp/source_packets_test.XXXXXX";
	*state = mkdtemp(folder);
	if (!*state || chdir(folder) < 0)
		return -1;
	return system("ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=160x120:r=25:d=4 -f lavfi -i sine=d=4 "
		      "-c:v libx264 -bf 2 -g 25 -pix_fmt yuv420p -c:a aac clip.mp4");
}

static int remove_clip(void **state)
{
	return unlink("clip.mp4") < 0 || rmdir(*state) < 0 ? -1 : 0;
}

static void run(const char *next_job, unsigned after)
{
	broker = double_begin();
	broker->next_job = next_job;
	broker->next_job_after = after;
	assert_int_equal(double_run(BOTH, 0), 0);
	assert_int_equal(broker->left, 0);
}

static void packets_and_frames(void **state)
{
	(void)state;
	run(NULL, 0);
	unsigned count = double_frames("p", packets, FRAMES), pictures = 0, described = 0;
	assert_int_equal(double_frames("clip", frames, FRAMES), 100);
	assert_string_equal(packets[0]->info.format, "h264");
	for (unsigned i = 0; i < count; i++) {
		const struct double_frame *packet = packets[i];
		pictures += packet->track == 0;
		described += packet->track == 1 && packet->metadata_size > 0;
		if (packet->track == 0)
			assert_int_equal(packet->metadata_size > 0, (packet->flags & FB_KEY_FRAME) != 0);
		assert_true(packet->pts_ns >= packet->dts_ns);
		assert_int_equal(packet->flags & FB_DISCONTINUITY, 0);
	}
	assert_int_equal(pictures, 100);
	assert_in_range(described, 4, 5); /* once a second */
	assert_in_range(count, 250, 300);
}

static void decoding_stops_when_nobody_wants_frames(void **state)
{
	(void)state;
	run("{\"name\": \"clip\", \"keys\": \"" BOTH "\", \"wanted\": [\"p\"]}", 60);
	assert_in_range(double_frames("clip", frames, FRAMES), 1, 59);
	assert_in_range(double_frames("p", packets, FRAMES), 250, 300);
}

/* The first frame is the newest one there can be, not the key frame before it, and those after it follow without a gap.
 */
static void decoding_begins_with_the_newest_frame(void **state)
{
	(void)state;
	broker = double_begin();
	broker->first_wanted = "[]";
	broker->next_job = "{\"name\": \"clip\", \"keys\": \"" BOTH "\", \"wanted\": [\"clip\"]}";
	broker->next_job_after = 170; /* packets: in the third of four seconds, some way behind its key frame */
	assert_int_equal(double_run(BOTH, 0), 0);
	unsigned count = double_frames("clip", frames, FRAMES);
	double_frames("p", packets, FRAMES);
	int64_t newest_ns = 0;
	for (unsigned i = 0; i < 170; i++)
		if (packets[i]->track == 0 && packets[i]->dts_ns > newest_ns)
			newest_ns = packets[i]->dts_ns;
	assert_in_range(count, 20, 60);
	assert_true(frames[0]->pts_ns > newest_ns - 8 * NS_PER_SECOND / 25); /* what threads and B-frames hold back */
	for (unsigned i = 1; i < count; i++)
		assert_in_range(frames[i]->pts_ns - frames[i - 1]->pts_ns, 39 * NS_PER_MS, 41 * NS_PER_MS);
	assert_int_equal(broker->left, 0);
}

/* Of a track of which nothing was kept, decoding begins at a key packet. */
static void an_output_added_later_begins_with_a_key_frame(void **state)
{
	(void)state;
	broker = double_begin();
	broker->next_job = "{\"name\": \"clip\", \"keys\": \"" BOTH "\"}";
	broker->next_job_after = 170;
	assert_int_equal(double_run("{url: clip.mp4, readrate: 0, outputs: {p: {media: packet}}}", 0), 0);
	unsigned count = double_frames("clip", frames, FRAMES);
	assert_in_range(count, 20, 40);
	assert_true(frames[0]->flags & FB_KEY_FRAME);
	assert_non_null(strstr(broker->report, "\"decode_errors\":0"));
}

/* When the packet output goes, all others are decoded: without a gap for one that was decoded already. */
static void packets_end_while_frames_go_on(void **state)
{
	(void)state;
	broker = double_begin();
	broker->first_wanted = "[]";
	broker->next_job = "{\"name\": \"clip\", \"keys\": \"{url: clip.mp4, readrate: 0}\"}";
	broker->next_job_after = 170;
	assert_int_equal(double_run(BOTH, 0), 0);
	assert_int_equal(double_frames("p", packets, FRAMES), 170);
	assert_in_range(double_frames("clip", frames, FRAMES), 20, 60);
	assert_non_null(strstr(broker->report, "\"decode_errors\":0"));
	assert_int_equal(broker->left, 0);
}

static AVPacket *packet_of(int size, int flags)
{
	AVPacket *packet = av_packet_alloc();
	assert_int_equal(av_new_packet(packet, size), 0);
	packet->flags = flags;
	return packet;
}

static void backlog_begins_with_a_key_packet(void **state)
{
	(void)state;
	static struct backlog backlog;
	AVPacket *key = packet_of(1000, AV_PKT_FLAG_KEY), *other = packet_of(100, 0), *large = packet_of(1 << 24, 0);
	backlog_add(&backlog, key, 1);
	for (int64_t i = 2; i <= BACKLOG_PACKETS; i++)
		backlog_add(&backlog, other, i);
	assert_int_equal(backlog.count, BACKLOG_PACKETS);
	assert_int_equal(backlog.serials[5], 6);
	backlog_add(&backlog, other, 0); /* one too many: without its key packet the rest is worth nothing */
	assert_int_equal(backlog.count, 0);
	backlog_add(&backlog, other, 0);
	assert_true(backlog.broken && backlog.count == 0);
	backlog_add(&backlog, key, 7);
	backlog_add(&backlog, other, 8);
	backlog_add(&backlog, key, 9);
	assert_int_equal(backlog.count, 1);
	assert_int_equal(backlog.serials[0], 9);
	for (int i = 0; i < 6; i++)
		backlog_add(&backlog, large, 10);
	assert_true(backlog.broken);
	backlog_clear(&backlog);
	av_packet_free(&key);
	av_packet_free(&other);
	av_packet_free(&large);
}

static void room_follows_bit_rate_and_preroll(void **state)
{
	(void)state;
	AVFormatContext *format = avformat_alloc_context();
	AVStream *stream = avformat_new_stream(format, NULL);
	stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
	stream->codecpar->width = 1920;
	stream->codecpar->height = 1080;
	stream->avg_frame_rate = (AVRational){25, 1};
	assert_in_range(packet_rates_bits(format), 8000000, 12000000);
	assert_int_equal(packet_rates_packets(format), 25);
	format->bit_rate = 8000000;
	assert_int_equal(packet_rates_bits(format), 8000000);
	avformat_free_context(format);

	assert_int_equal(packet_room(8e6, 25, 0).bytes, 15000000 / 64 * 64);
	assert_int_equal(packet_room(1, 25, 0).bytes, 4 << 20);
	struct packet_room minute = packet_room(8e6, 25, 60 * NS_PER_SECOND);
	assert_int_equal(minute.bytes, 105000000 / 64 * 64);
	assert_true(minute.packets >= 70 * 25 && minute.reach_ns > 70 * NS_PER_SECOND);
	struct packet_room day = packet_room(8e6, 25, 86400 * NS_PER_SECOND);
	assert_true(day.bytes <= LIMIT_RING_BYTES && day.packets < LIMIT_PACKETS);
	assert_true(day.reach_ns < 86400 * NS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_and_frames),
		cmocka_unit_test(decoding_stops_when_nobody_wants_frames),
		cmocka_unit_test(decoding_begins_with_the_newest_frame),
		cmocka_unit_test(an_output_added_later_begins_with_a_key_frame),
		cmocka_unit_test(packets_end_while_frames_go_on),
		cmocka_unit_test(backlog_begins_with_a_key_packet),
		cmocka_unit_test(room_follows_bit_rate_and_preroll),
	};
	return cmocka_run_group_tests(tests, make_clip, remove_clip);
}
