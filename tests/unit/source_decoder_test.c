/* source_decoder_test.c: how many packets a decoder swallows before it gives a picture out. */
#include "source/decoder.h"
#include "source_double.h"
#include <libavutil/cpu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define LIVE true
#define FILM false

static struct report *report;
static struct watch watch;

/* Packets that were sent and whose pictures are still inside, after 20 of them. rate: what the stream says. */
static int delay(const char *clip, const char *options, bool live, int rate)
{
	char text[256];
	struct config_source *config;
	struct config_errors errors = {0};
	struct media_error error;
	AVFormatContext *format = NULL;
	AVCodecContext *decoder;
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	int inside = 0;
	snprintf(text, sizeof text, "{url: x, codec_options: {%s}}", options);
	assert_int_equal(config_source_from_text("clip", text, NULL, &config, &errors), 0);
	assert_int_equal(avformat_open_input(&format, clip, NULL, NULL), 0);
	assert_true(avformat_find_stream_info(format, NULL) >= 0);
	format->streams[0]->avg_frame_rate = (AVRational){rate, 1};
	assert_int_equal(decoder_open(config, format->streams[0], NULL, live, report, &decoder, &error), 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(av_read_frame(format, packet), 0);
		assert_int_equal(avcodec_send_packet(decoder, packet), 0);
		inside++;
		while (avcodec_receive_frame(decoder, frame) == 0)
			inside--;
		av_packet_unref(packet);
	}
	avcodec_free_context(&decoder);
	avformat_close_input(&format);
	av_packet_free(&packet);
	av_frame_free(&frame);
	config_source_free(config);
	return inside;
}

static const char *const clips[] = {"h264.mp4", "hevc.mp4"};

static void a_live_picture_comes_out_with_its_packet(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(delay(clips[i], "", LIVE, 25), 0);
		assert_int_equal(delay(clips[i], "skip_loop_filter: all", LIVE, 25), 0);
		assert_int_equal(delay(clips[i], "", LIVE, 0), 0); /* not known */
	}
	assert_int_equal(delay("b_frames.mp4", "", LIVE, 25), 2);
}

static void what_is_heavy_or_a_file_has_threads(void **state)
{
	(void)state;
	int threads = av_cpu_count() > 3 ? 4 : av_cpu_count() > 1 ? av_cpu_count() + 1 : 1;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(delay(clips[i], "", LIVE, 10000), threads - 1);
		assert_int_equal(delay(clips[i], "", FILM, 25), threads - 1);
	}
}

static void options_about_threads_win(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(delay(clips[i], "threads: 3", LIVE, 25), 2);
		assert_int_equal(delay(clips[i], "threads: 2, thread_type: frame", LIVE, 25), 1);
		assert_int_equal(delay(clips[i], "thread_type: slice", LIVE, 10000), 0);
		assert_int_equal(delay(clips[i], "threads: 1", FILM, 25), 0);
	}
}

static int make_clips(void **state)
{
	(void)state;
	static char folder[] = "/tmp/framebroker-test-XXXXXX";
	double_begin();
	watch_init(&watch, NULL);
	return !mkdtemp(folder) || chdir(folder) < 0 || report_create(NULL, &watch, "source test", &report) < 0 ||
	       system("ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=320x240:r=25:d=1 -pix_fmt yuv420p "
		      "-c:v libx264 -bf 0 h264.mp4 -c:v libx264 -bf 3 -b_strategy 0 b_frames.mp4 "
		      "-c:v libx265 -x265-params log-level=none:bframes=0 hevc.mp4");
}

static int remove_clips(void **state)
{
	(void)state;
	char folder[64];
	report_destroy(report);
	unlink("h264.mp4");
	unlink("b_frames.mp4");
	unlink("hevc.mp4");
	return !getcwd(folder, sizeof folder) || rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_picture_comes_out_with_its_packet),
		cmocka_unit_test(what_is_heavy_or_a_file_has_threads),
		cmocka_unit_test(options_about_threads_win),
	};
	return cmocka_run_group_tests(tests, make_clips, remove_clips);
}
