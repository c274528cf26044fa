/* sink_output_test.c: what an output says of its configuration, before anything is opened. */
#include "output_support.h"
#include "sink/output_muxer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_muxer_follows_scheme_and_ending(void **state)
{
	(void)state;
	static const struct {
		const char *url, *format, *muxer;
	} cases[] = {
		{"rtsp://h/x", "", "rtsp"},
		{"rtsps://h/x", "", "rtsp"},
		{"rtmp://h/live/x", "", "flv"},
		{"RTMPS://h/live/x.mp4", "", "flv"},
		{"srt://h:9000?mode=caller", "", "mpegts"},
		{"udp://239.0.0.1:5000", "", "mpegts"},
		{"tcp://h:5000", "", "mpegts"},
		{"http://h/put/x.ts?token=a.mp4", "", "mpegts"},
		{"https://h/live/x.m3u8", "", "hls"},
		{"/rec/%Y-%m-%d.mp4", "", "mp4"},
		{"rec.mkv", "", "matroska"},
		{"file:///rec/x.webm", "", "webm"},
		{"rec/no.dot/x.mov", "", "mov"},
		{"rec/x", "matroska", "matroska"},
		{"rec/x.mp4", "mpegts", "mpegts"},
		{"rtsp://h/x", "flv", "flv"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const AVOutputFormat *muxer = NULL;
		struct media_error error = {0};
		output_muxer_find(cases[i].url, cases[i].format, &muxer, &error);
		assert_string_equal(muxer ? muxer->name : error.text, cases[i].muxer);
	}
}

static void an_unknown_format_names_near_ones(void **state)
{
	(void)state;
	struct config_sink sink = sink_to("/tmp/x.mp4");
	sink.format = "mkv";
	assert_string_equal(refusal_of(&sink).text,
			    "format: FFmpeg has no format mkv to write; near it: matroska, mkvtimestamp_v2");
	sink.format = "mpegtss";
	assert_non_null(strstr(refusal_of(&sink).text, "mpegts"));
	sink.format = "";
	sink.url = "http://user:secret@h/x?token=abc";
	assert_string_equal(refusal_of(&sink).text, "url: http://***@h/x?token=***: neither its scheme nor its ending "
						    "tells which format to write");
}

static void options_are_known_or_refused(void **state)
{
	(void)state;
	struct config_sink sink = sink_to("/tmp/x.mp4");
	sink.format_options = option("movflag", "+faststart");
	assert_string_equal(refusal_of(&sink).text,
			    "format_options: neither the format mp4 nor its protocol knows the option movflag");
	sink.format_options = option("movflags", "+fast_start");
	assert_string_equal(refusal_of(&sink).text, "format_options: movflags does not take the value +fast_start");
	sink.format_options = option("movflags", "+faststart");
	output_destroy(output_of(&sink));
	sink.url = "http://h/x.ts";
	sink.format_options = option("icy", "1"); /* only for reading */
	assert_non_null(strstr(refusal_of(&sink).text, "option icy"));
	sink.format_options = option("headers", "X: 1"); /* the protocol's */
	output_destroy(output_of(&sink));
}

static void keys_for_files_are_refused_elsewhere(void **state)
{
	(void)state;
	struct config_sink sink = sink_to("rtmp://h/live/x");
	sink.segment_time_ns = 1000000000;
	assert_string_equal(refusal_of(&sink).text, "segment_time: only for files, and the url is none");
	sink.url = "/tmp/x.m3u8";
	assert_non_null(strstr(refusal_of(&sink).mend, "hls_time"));
	sink.segment_time_ns = 0;
	sink.keep_bytes = 1;
	assert_non_null(strstr(refusal_of(&sink).text, "keep_size: "));
}

static void user_and_password_need_a_place(void **state)
{
	(void)state;
	struct config_sink sink = sink_to("/tmp/x.mp4");
	sink.user = "me";
	sink.password = "very secret";
	struct media_error error = refusal_of(&sink);
	assert_string_equal(error.text, "url: there is no place in it for user and password");
	sink.url = "rtsp://other@h/x";
	error = refusal_of(&sink);
	assert_string_equal(error.text, "url: there is no place in it for user and password");
	assert_null(strstr(error.mend, "secret"));
	sink.url = "rtsp://h/x";
	output_destroy(output_of(&sink));
}

static void codecs_are_taken_or_not(void **state)
{
	(void)state;
	static const struct {
		const char *url, *segments;
		enum AVCodecID codec;
		bool taken;
	} cases[] = {
		{"x.mp4", NULL, AV_CODEC_ID_H264, true},         {"x.mp4", NULL, AV_CODEC_ID_AAC, true},
		{"x.mp4", NULL, AV_CODEC_ID_PCM_ALAW, false},    {"x.mp4", NULL, AV_CODEC_ID_PCM_MULAW, false},
		{"x.mov", NULL, AV_CODEC_ID_PCM_ALAW, true},     {"x.mkv", NULL, AV_CODEC_ID_PCM_MULAW, true},
		{"x.webm", NULL, AV_CODEC_ID_H264, false},       {"x.webm", NULL, AV_CODEC_ID_VP9, true},
		{"x.ts", NULL, AV_CODEC_ID_PCM_ALAW, false},     {"x.m3u8", NULL, AV_CODEC_ID_PCM_ALAW, false},
		{"x.m3u8", NULL, AV_CODEC_ID_VP9, false},        {"x.m3u8", "fmp4", AV_CODEC_ID_VP9, true},
		{"srt://h:1", NULL, AV_CODEC_ID_OPUS, true},     {"rtsp://h/x", NULL, AV_CODEC_ID_PCM_ALAW, true},
		{"rtsp://h/x", NULL, AV_CODEC_ID_FLAC, false},   {"rtmp://h/l/x", NULL, AV_CODEC_ID_HEVC, false},
		{"rtmp://h/l/x", NULL, AV_CODEC_ID_OPUS, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct config_sink sink = sink_to(cases[i].url);
		if (cases[i].segments)
			sink.format_options = option("hls_segment_type", cases[i].segments);
		struct output *output = output_of(&sink);
		if (output_takes(output, cases[i].codec) != cases[i].taken)
			fail_msg("%s %s", cases[i].url, avcodec_get_name(cases[i].codec));
		output_destroy(output);
	}
}

static void every_container_has_a_codec_of_its_own(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		enum AVCodecID video, audio;
	} cases[] = {
		{"x.mp4", AV_CODEC_ID_H264, AV_CODEC_ID_AAC},        {"x.webm", AV_CODEC_ID_VP9, AV_CODEC_ID_OPUS},
		{"rtmp://h/l/x", AV_CODEC_ID_H264, AV_CODEC_ID_AAC}, {"rtsp://h/x", AV_CODEC_ID_H264, AV_CODEC_ID_AAC},
		{"x.wav", AV_CODEC_ID_NONE, AV_CODEC_ID_PCM_S16LE},
		{"x.m4a", AV_CODEC_ID_H264, AV_CODEC_ID_AAC},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct config_sink sink = sink_to(cases[i].url);
		struct output *output = output_of(&sink);
		assert_int_equal(output_default_codec(output, AVMEDIA_TYPE_VIDEO), cases[i].video);
		assert_int_equal(output_default_codec(output, AVMEDIA_TYPE_AUDIO), cases[i].audio);
		output_destroy(output);
	}
}

static void a_codec_that_does_not_fit_is_named(void **state)
{
	(void)state;
	struct config_sink sink = sink_to("/tmp/framebroker-never-made.webm");
	struct output *output = output_of(&sink);
	struct media_error error = {0};
	struct clip clip;
	clip_open(&clip, "mpeg4", NULL, true);
	assert_true(output_open(output, clip.tracks, clip.count, &error) < 0);
	assert_string_equal(error.text, "the format webm cannot hold mpeg4");
	assert_non_null(strstr(error.mend, "vp9"));
	assert_string_equal(output_file(output), "");
	clip_close(&clip);
	output_destroy(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_muxer_follows_scheme_and_ending),
		cmocka_unit_test(an_unknown_format_names_near_ones),
		cmocka_unit_test(options_are_known_or_refused),
		cmocka_unit_test(keys_for_files_are_refused_elsewhere),
		cmocka_unit_test(user_and_password_need_a_place),
		cmocka_unit_test(codecs_are_taken_or_not),
		cmocka_unit_test(every_container_has_a_codec_of_its_own),
		cmocka_unit_test(a_codec_that_does_not_fit_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
