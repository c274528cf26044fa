/* source_run_test.c: the whole worker on clips that ffmpeg makes, against what ffmpeg decodes from them. */
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

#define PICTURE "-f lavfi -i testsrc2=s=322x242:r=25:d=1"
#define SOUND "-f lavfi -i sine=r=44100:d=1"
#define FRAMES 200

static struct broker_double *broker;

/* Runs ffmpeg quietly; the test is in a folder of its own. */
static void ffmpeg(const char *arguments)
{
	char command[1024];
	snprintf(command, sizeof command, "ffmpeg -nostdin -v error -y %s", arguments);
	assert_int_equal(system(command), 0);
}

struct expected {
	int count;
	char md5[FRAMES][33];
};

/* What `ffmpeg -i CLIP ARGUMENTS -f framemd5` says. */
static void expect(const char *clip, const char *arguments, struct expected *ret_expected)
{
	char command[1024], line[256];
	snprintf(command, sizeof command, "ffmpeg -nostdin -v error -i %s %s -f framemd5 -", clip, arguments);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	ret_expected->count = 0;
	while (fgets(line, sizeof line, pipe)) {
		char *last = strrchr(line, ',');
		if (line[0] == '#' || !last)
			continue;
		assert_in_range(ret_expected->count, 0, FRAMES - 1);
		assert_int_equal(sscanf(last + 1, " %32s", ret_expected->md5[ret_expected->count++]), 1);
	}
	assert_int_equal(pclose(pipe), 0);
}

static void run(const char *keys)
{
	broker = double_begin();
	assert_int_equal(double_run(keys, 0), 0);
	assert_int_equal(broker->rewritten, 0);
	assert_int_equal(broker->overdrawn, 0);
	assert_int_equal(broker->left, 0);
}

static unsigned check_frames(const char *stream, const struct expected *expected)
{
	const struct double_frame *frames[FRAMES];
	unsigned in_place = 0;
	assert_int_equal(double_frames(stream, frames, FRAMES), expected->count);
	for (int i = 0; i < expected->count; i++) {
		assert_string_equal(frames[i]->md5, expected->md5[i]);
		assert_true(i == 0 || frames[i]->pts_ns > frames[i - 1]->pts_ns);
		in_place += frames[i]->in_place;
	}
	return in_place;
}

/* ---- pictures ---- */

struct clip {
	const char *file, *options;
	int in_place; /* at least so many of its 25 frames need no copy */
};

static const struct clip clips[] = {
	{"h264.mp4", "-c:v libx264 -bf 3 -refs 5 -g 10 -pix_fmt yuv420p", 15},
	{"h264.ts", "-c:v libx264 -bf 2 -g 10 -pix_fmt yuv420p", 15},
	{"mpeg2.mpg", "-c:v mpeg2video -bf 2", 15},
	{"mpeg4.avi", "-c:v mpeg4 -bf 1", 15},
	{"mjpeg.avi", "-c:v mjpeg -pix_fmt yuvj420p", 15},
	{"hevc.mp4", "-c:v libx265 -x265-params log-level=none", 15},
	{"vp9.webm", "-c:v libvpx-vp9 -b:v 500k", 15},
	{"qtrle.mov", "-c:v qtrle", 0},
	{"cinepak.avi", "-c:v cinepak -s 320x240", 0},
	{"msvideo1.avi", "-c:v msvideo1 -s 320x240", 0},
};

static void native_frames_are_the_decoders(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof clips / sizeof clips[0]; i++) {
		char text[512];
		struct expected expected;
		snprintf(text, sizeof text, PICTURE " %s %s", clips[i].options, clips[i].file);
		ffmpeg(text);
		expect(clips[i].file, "-fps_mode passthrough", &expected);
		assert_int_equal(expected.count, 25);
		snprintf(text, sizeof text, "{url: %s, readrate: 0}", clips[i].file);
		run(text);
		assert_true(check_frames("clip", &expected) >= (unsigned)clips[i].in_place);
		assert_int_equal(broker->ended, 1);
		assert_int_equal(broker->generations, 1);
	}
}

/* In the second pass these decoders begin with slots, and go on changing the picture before (ff_reget_buffer). */
static void published_slots_are_never_written_again(void **state)
{
	(void)state;
	const char *files[] = {"qtrle.mov", "cinepak.avi", "msvideo1.avi"};
	for (int i = 0; i < 3; i++) {
		char text[128];
		struct expected expected;
		expect(files[i], "-fps_mode passthrough", &expected);
		memcpy(expected.md5 + 25, expected.md5, 25 * sizeof expected.md5[0]);
		expected.count = 50;
		snprintf(text, sizeof text, "{url: %s, readrate: 0, stream_loop: 1}", files[i]);
		run(text);
		assert_true(check_frames("clip", &expected) >= 15);
	}
}

static void conversions_are_those_of_ffmpeg(void **state)
{
	(void)state;
	static const char *const both[][2] = {
		{"pixel_format: rgb24", "-pix_fmt rgb24"},
		{"pixel_format: bgra", "-vf format=bgra"},
		{"pixel_format: nv12", "-vf scale=flags=bicubic,format=nv12"},
		{"pixel_format: gray", "-pix_fmt gray"},
		{"width: 160", "-vf scale=160:-2:flags=bicubic"},
		{"height: 120, pixel_format: bgr24", "-vf scale=-2:120:flags=bicubic,format=bgr24"},
		{"width: 200, height: 100, pixel_format: rgb24", "-vf scale=200:100:flags=bicubic,format=rgb24"},
		{"width: 200, height: 100, scale: fast", "-vf scale=200:100:flags=fast_bilinear"},
		{"filter: \"crop=100:80:10:20,hflip\"", "-vf crop=100:80:10:20,hflip"},
		{"filter: \"yadif=1\"", "-vf yadif=1"},
		{"filter: transpose, pixel_format: rgb24, width: 120",
		 "-vf transpose,scale=120:-2:flags=bicubic,format=rgb24"},
		{"frame_rate: 5", "-vf select=not(mod(n\\,5))"},
		{"frame_rate: 50, fps_mode: cfr", "-vf fps=50"},
	};
	for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
		char keys[256], arguments[256];
		struct expected expected;
		const char *space = strchr(both[i][1], ' ');
		/* quotes around the filter alone */
		snprintf(arguments, sizeof arguments, "-fps_mode passthrough %.*s '%s'", (int)(space - both[i][1]),
			 both[i][1], space + 1);
		expect("h264.mp4", arguments, &expected);
		if (strstr(both[i][1], "fps=50"))
			expected.count--; /* ffmpeg repeats the last frame too, as long as it lasts */
		snprintf(keys, sizeof keys, "{url: h264.mp4, readrate: 0, outputs: {o: {%s}}}", both[i][0]);
		run(keys);
		check_frames("o", &expected);
	}
}

static void one_decode_feeds_many(void **state)
{
	(void)state;
	struct expected native, small;
	const struct double_frame *a[FRAMES], *b[FRAMES];
	expect("h264.mp4", "-fps_mode passthrough", &native);
	expect("h264.mp4", "-fps_mode passthrough -vf scale=64:-2:flags=bicubic,format=rgb24", &small);
	run("{url: h264.mp4, readrate: 0, outputs: {n: {}, s: {width: 64, pixel_format: rgb24}, m: {}}}");
	assert_true(check_frames("n", &native) >= 15);
	check_frames("s", &small);
	assert_int_equal(check_frames("m", &native), 0); /* one output has the decoder's memory */
	double_frames("n", a, FRAMES);
	double_frames("s", b, FRAMES);
	for (int i = 0; i < native.count; i++) {
		assert_int_equal(a[i]->pts_ns, b[i]->pts_ns);
		assert_int_equal(a[i]->pts_ns, i * INT64_C(40000000));
		assert_int_equal(a[i]->duration_ns, 40000000);
		assert_int_equal(a[i]->flags & FB_KEY_FRAME, i % 10 == 0);
		assert_int_equal(a[i]->flags & FB_DISCONTINUITY, 0);
	}
	assert_int_equal(a[0]->info.frame_rate.num, 25);
}

static void a_new_size_begins_a_generation(void **state)
{
	(void)state;
	struct expected first, second;
	const struct double_frame *frames[FRAMES];
	ffmpeg("-f lavfi -i testsrc2=s=320x240:r=25:d=1 -c:v libx264 -bf 2 -g 10 a.ts");
	ffmpeg("-f lavfi -i testsrc2=s=640x360:r=25:d=1 -c:v libx264 -bf 2 -g 10 b.ts");
	assert_int_equal(system("cat a.ts b.ts > ab.ts"), 0);
	expect("a.ts", "-fps_mode passthrough", &first);
	expect("b.ts", "-fps_mode passthrough", &second);
	memcpy(first.md5 + first.count, second.md5, (size_t)second.count * sizeof first.md5[0]);
	first.count += second.count;
	run("{url: ab.ts, readrate: 0, outputs: {n: {}, s: {width: 160, height: 120}}}");
	check_frames("n", &first);
	assert_int_equal(broker->generations, 3); /* two of n, one of s */
	assert_int_equal(double_frames("n", frames, FRAMES), 50);
	assert_int_equal(frames[24]->info.width, 320);
	assert_int_equal(frames[25]->info.width, 640);
	assert_true(frames[25]->flags & FB_DISCONTINUITY); /* its time stamps begin anew */
	assert_int_equal(frames[25]->pts_ns, 25 * INT64_C(40000000));
	assert_int_equal(double_frames("s", frames, FRAMES), 50);
}

/* ---- sound ---- */

static void sound_is_cut_into_blocks(void **state)
{
	(void)state;
	struct expected expected;
	const struct double_frame *frames[FRAMES];
	ffmpeg(SOUND " -c:a flac sound.flac");
	expect("sound.flac", "-af asetnsamples=n=1024:p=0 -c:a pcm_s16le", &expected);
	run("{url: sound.flac, readrate: 0, outputs: {o: {media: audio}}}");
	check_frames("o", &expected);
	unsigned count = double_frames("o", frames, FRAMES), samples = 0;
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(frames[i]->pts_ns, (samples * INT64_C(1000000000) + 22050) / 44100);
		samples += frames[i]->samples;
	}
	assert_int_equal(samples, 44100);
	assert_int_equal(frames[count - 1]->samples, 44100 % 1024); /* the last block is as long as it is */
}

static void sound_is_resampled_as_ffmpeg_does(void **state)
{
	(void)state;
	struct expected expected;
	expect("sound.flac",
	       "-af aresample=48000,aformat=sample_fmts=flt:channel_layouts=stereo,asetnsamples=n=480:p=0 -c:a "
	       "pcm_f32le",
	       &expected);
	run("{url: sound.flac, readrate: 0, outputs: {o: {media: audio, sample_rate: 48000, channels: 2,"
	    " sample_format: flt, frame_size: 480}}}");
	check_frames("o", &expected);
}

/* ---- ends ---- */

static void loops_go_on_rising(void **state)
{
	(void)state;
	const struct double_frame *frames[FRAMES];
	run("{url: h264.mp4, readrate: 0, stream_loop: 3}");
	assert_int_equal(double_frames("clip", frames, FRAMES), 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(frames[i]->pts_ns, i * INT64_C(40000000));
	assert_int_equal(broker->generations, 1);
	assert_int_equal(broker->ended, 1);
}

static void a_still_is_a_stream(void **state)
{
	(void)state;
	const struct double_frame *frames[FRAMES];
	ffmpeg("-f lavfi -i testsrc2=s=320x240 -frames:v 1 still.png");
	run("{url: still.png, readrate: 0, stream_loop: 9}");
	assert_int_equal(double_frames("clip", frames, FRAMES), 10);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(frames[i]->pts_ns, i * INT64_C(40000000));
		assert_string_equal(frames[i]->md5, frames[0]->md5);
	}
}

static void stops_when_told(void **state)
{
	(void)state;
	broker = double_begin();
	broker->stop_after = 5;
	assert_int_equal(double_run("{url: h264.mp4, stream_loop: -1}", 0), 0);
	assert_int_equal(broker->ended, 0);
	assert_int_equal(broker->left, 0);
}

static void a_file_waits_for_its_readers(void **state)
{
	(void)state;
	struct expected expected;
	expect("h264.mp4", "-fps_mode passthrough", &expected);
	broker = double_begin();
	broker->busy_every = 3;
	assert_int_equal(double_run("{url: h264.mp4, readrate: 0, outputs: {n: {}, s: {width: 64}}}", 0), 0);
	assert_true(check_frames("n", &expected) >= 15);
	assert_int_equal(broker->dropped, 0);
	assert_int_equal(broker->overdrawn, 0);
}

static void outputs_come_and_go(void **state)
{
	(void)state;
	const struct double_frame *frames[FRAMES];
	broker = double_begin();
	broker->next_job_after = 8;
	broker->next_job =
		"{\"name\": \"clip\", \"keys\": \"{url: h264.mp4, readrate: 0, outputs: {b: {width: 64}}}\"}";
	assert_int_equal(double_run("{url: h264.mp4, readrate: 0, outputs: {a: {}, b: {width: 64}}}", 0), 0);
	assert_int_equal(double_frames("b", frames, FRAMES), 25);
	assert_in_range(double_frames("a", frames, FRAMES), 3, 15);
	assert_int_equal(broker->left, 0);

	broker = double_begin();
	broker->next_job_after = 8;
	broker->next_job =
		"{\"name\": \"clip\", \"keys\": \"{url: h264.mp4, readrate: 0, outputs: {a: {}, b: {width: 64}}}\"}";
	assert_int_equal(double_run("{url: h264.mp4, readrate: 0, outputs: {a: {}}}", 0), 0);
	assert_int_equal(double_frames("a", frames, FRAMES), 25);
	assert_in_range(double_frames("b", frames, FRAMES), 10, 20);
	assert_int_equal(frames[0]->flags & FB_DISCONTINUITY, 0);
}

static void a_refused_generation_is_asked_for_again(void **state)
{
	(void)state;
	struct expected expected;
	expect("h264.mp4", "-fps_mode passthrough", &expected);
	broker = double_begin();
	broker->refuse = 1;
	assert_int_equal(double_run("{url: h264.mp4, readrate: 0}", 0), 0);
	check_frames("clip", &expected); /* a file loses nothing by it */
	assert_non_null(strstr(broker->error, "refused by the test"));
	assert_non_null(strstr(broker->report, "\"error\":null"));
}

static int enter_folder(void **state)
{
	static char folder[] = "/tmp/source_run_test.XXXXXX";
	*state = mkdtemp(folder);
	return *state && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", (const char *)*state);
	return chdir("/") == 0 ? system(command) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native_frames_are_the_decoders),
		cmocka_unit_test(published_slots_are_never_written_again),
		cmocka_unit_test(conversions_are_those_of_ffmpeg),
		cmocka_unit_test(one_decode_feeds_many),
		cmocka_unit_test(a_new_size_begins_a_generation),
		cmocka_unit_test(sound_is_cut_into_blocks),
		cmocka_unit_test(sound_is_resampled_as_ffmpeg_does),
		cmocka_unit_test(loops_go_on_rising),
		cmocka_unit_test(a_still_is_a_stream),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(a_file_waits_for_its_readers),
		cmocka_unit_test(outputs_come_and_go),
		cmocka_unit_test(a_refused_generation_is_asked_for_again),
	};
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
