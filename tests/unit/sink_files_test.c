/* sink_files_test.c: recordings: their names, segments, what is kept, and what is left when everything is cut off. */
#include "base/clock.h"
#include "output_support.h"
#include "sink/file_name.h"
#include "sink/retention.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/framebroker-files-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static const char *path_of(const char *name)
{
	static char path[8][256];
	static int next;
	next = (next + 1) % 8;
	snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
	return path[next];
}

static bool is_there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static void write_bytes(const char *name, size_t bytes, int64_t age_ns)
{
	FILE *file = fopen(path_of(name), "w");
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), (off_t)bytes), 0);
	struct timespec written = clock_timespec(clock_utc_ns() - age_ns);
	assert_int_equal(futimens(fileno(file), (struct timespec[]){written, written}), 0);
	fclose(file);
}

/* Opens, writes so many frames, closes. */
static void record(const struct config_sink *config, const char *video, const char *audio, int frames)
{
	struct media_error error = {0};
	struct output *output = output_of(config);
	struct clip clip;
	clip_open(&clip, video, audio, output_wants_global_header(output));
	output_open(output, clip.tracks, clip.count, &error);
	assert_string_equal(error.text, "");
	clip_write(&clip, output, frames, &error);
	assert_string_equal(error.text, "");
	output_close(output, true, &error);
	assert_string_equal(error.text, "");
	clip_close(&clip);
	output_destroy(output);
}

static void files_are_complete(void **state)
{
	(void)state;
	static const char *const names[] = {"a.mp4", "a.mkv", "a.ts", "a.flv", "a.mov"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct config_sink sink = sink_to(path_of(names[i]));
		struct content content;
		record(&sink, "libx264", "aac", 2 * RATE + 10);
		assert_true(content_read(path_of(names[i]), &content));
		assert_int_equal(content.packets[0], 2 * RATE + 10);
		assert_int_equal(content.keys, 3);
		assert_true(content.packets[1] > 15);
	}
}

static void a_recording_is_never_overwritten(void **state)
{
	(void)state;
	struct config_sink sink = sink_to(path_of("one.mp4"));
	write_bytes("one.mp4", 7, 0);
	record(&sink, "libx264", NULL, 5);
	record(&sink, "libx264", NULL, 6);
	struct stat info;
	struct content content;
	assert_int_equal(stat(path_of("one.mp4"), &info), 0);
	assert_int_equal(info.st_size, 7);
	assert_true(content_read(path_of("one-001.mp4"), &content));
	assert_int_equal(content.packets[0], 5);
	assert_true(content_read(path_of("one-002.mp4"), &content));
	assert_int_equal(content.packets[0], 6);
}

static void numbers_go_on_when_files_are_gone(void **state)
{
	(void)state;
	struct config_sink sink = sink_to(path_of("gone.ts"));
	write_bytes("gone-009.ts", 7, 0);
	write_bytes("gone-011.mp4", 7, 0);
	write_bytes("gone-x12.ts", 7, 0);
	record(&sink, "libx264", NULL, 5);
	assert_true(is_there("gone-010.ts"));
	assert_false(is_there("gone.ts"));
}

static void dates_name_files_and_folders(void **state)
{
	(void)state;
	char expected[PATH_MAX];
	struct media_error error = {0};
	struct config_sink sink = sink_to(path_of("%Y/%m/cam 100%%.mkv"));
	assert_int_equal(file_name_date(sink.url, time(NULL), expected, &error), 0);
	record(&sink, "libx264", NULL, 3);
	struct content content;
	assert_true(content_read(expected, &content));
	assert_non_null(strstr(expected, "/cam 100%.mkv"));
}

static void segments_begin_at_key_frames_and_zero(void **state)
{
	(void)state;
	struct config_sink sink = sink_to(path_of("part.mp4"));
	sink.segment_time_ns = 2 * NS_PER_SECOND - 1; /* a GOP is one second */
	record(&sink, "libx264", "aac", 5 * RATE);
	static const char *const names[] = {"part.mp4", "part-001.mp4", "part-002.mp4"};
	static const unsigned frames[] = {2 * RATE, 2 * RATE, RATE};
	for (size_t i = 0; i < 3; i++) {
		struct content content;
		assert_true(content_read(path_of(names[i]), &content));
		assert_int_equal(content.packets[0], frames[i]);
		assert_true(content.begins_with_key);
		assert_true(content.first[0] >= 0 && content.first[0] < 0.2);
		assert_true(content.first[1] > -0.2 && content.first[1] < 0.2);
	}
	assert_false(is_there("part-003.mp4"));
}

static void sound_alone_is_cut_too(void **state)
{
	(void)state;
	struct config_sink sink = sink_to(path_of("sound.mkv"));
	sink.segment_time_ns = NS_PER_SECOND;
	record(&sink, NULL, "aac", 3 * RATE);
	assert_true(is_there("sound.mkv") && is_there("sound-001.mkv") && is_there("sound-002.mkv"));
}

/* The child is killed in the middle of it; what it wrote until then can be read. */
static void killed_after(const char *name, int frames, struct content *ret_content)
{
	struct config_sink sink = sink_to(path_of(name));
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct media_error error = {0};
		struct output *output = output_of(&sink);
		struct clip clip;
		clip_open(&clip, "libx264", "aac", output_wants_global_header(output));
		output_open(output, clip.tracks, clip.count, &error);
		clip_write(&clip, output, frames, &error);
		raise(SIGKILL);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(content_read(path_of(name), ret_content));
}

static void a_file_that_is_cut_off_can_be_played(void **state)
{
	(void)state;
	static const char *const names[] = {"cut.mp4", "cut.mov", "cut.mkv", "cut.ts", "cut.flv"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct content content;
		killed_after(names[i], 10 * RATE, &content);
		assert_in_range(content.packets[0], 8 * RATE - 1, 10 * RATE); /* two seconds may be lost */
	}
}

static void a_file_without_a_packet_is_not_left(void **state)
{
	(void)state;
	struct config_sink sink = sink_to(path_of("nothing/x.mp4"));
	record(&sink, "libx264", NULL, 0);
	assert_true(is_there("nothing"));
	assert_false(is_there("nothing/x.mp4"));
}

static void old_files_go_and_others_stay(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("2020-01-01"), 0777), 0);
	assert_int_equal(mkdir(path_of("2020-01-02"), 0777), 0);
	write_bytes("2020-01-01/cam.mp4", 10, 100 * NS_PER_SECOND);
	write_bytes("2020-01-02/cam.mp4", 10, 90 * NS_PER_SECOND);
	write_bytes("2020-01-02/cam-001.mp4", 10, 50 * NS_PER_SECOND);
	write_bytes("2020-01-02/cam-1.mp4", 10, 100 * NS_PER_SECOND); /* another sink's */
	write_bytes("2020-01-02/cam-x.mp4", 10, 100 * NS_PER_SECOND);
	write_bytes("2020-01-02/xcam.mp4", 10, 100 * NS_PER_SECOND);
	write_bytes("cam.mp4", 10, 100 * NS_PER_SECOND);
	const char *pattern = path_of("%Y-%m-%d/cam.mp4");
	retention_apply(pattern, "", 60 * NS_PER_SECOND, 0, "test");
	assert_false(is_there("2020-01-01"));
	assert_false(is_there("2020-01-02/cam.mp4"));
	assert_true(is_there("2020-01-02/cam-001.mp4"));
	assert_true(is_there("2020-01-02/cam-1.mp4") && is_there("2020-01-02/cam-x.mp4"));
	assert_true(is_there("2020-01-02/xcam.mp4") && is_there("cam.mp4"));
}

static void the_oldest_go_beyond_a_size(void **state)
{
	(void)state;
	write_bytes("s-001.ts", 400, 30 * NS_PER_SECOND);
	write_bytes("s-002.ts", 400, 20 * NS_PER_SECOND);
	write_bytes("s-003.ts", 400, 40 * NS_PER_SECOND); /* its clock was wrong: written first, and in use */
	const char *pattern = path_of("s.ts");
	retention_apply(pattern, path_of("s-003.ts"), 0, 800, "test");
	assert_false(is_there("s-001.ts"));
	assert_true(is_there("s-002.ts") && is_there("s-003.ts"));
	retention_apply(pattern, path_of("s-003.ts"), 0, 1, "test");
	assert_true(!is_there("s-002.ts") && is_there("s-003.ts"));
}

static void a_recording_keeps_to_its_size(void **state)
{
	(void)state;
	struct config_sink sink = sink_to(path_of("ring.ts"));
	sink.segment_time_ns = NS_PER_SECOND;
	sink.keep_bytes = 1; /* all but the one being written */
	record(&sink, "libx264", NULL, 4 * RATE);
	assert_true(is_there("ring-003.ts") || is_there("ring.ts") || is_there("ring-001.ts"));
	assert_int_equal(
		is_there("ring.ts") + is_there("ring-001.ts") + is_there("ring-002.ts") + is_there("ring-003.ts"), 1);
}

static void special_characters_stay_themselves(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("a[b]*+(c)"), 0777), 0);
	write_bytes("a[b]*+(c)/x?.ts", 10, 100 * NS_PER_SECOND);
	write_bytes("a[b]*+(c)/xy.ts", 10, 100 * NS_PER_SECOND);
	retention_apply(path_of("a[b]*+(c)/x?.ts"), "", NS_PER_SECOND, 0, "test");
	assert_false(is_there("a[b]*+(c)/x?.ts"));
	assert_true(is_there("a[b]*+(c)/xy.ts"));
}

static struct media_error failure_at(const char *url, const char *format)
{
	struct media_error error = {0};
	struct config_sink sink = sink_to(url);
	sink.format = (char *)format;
	struct output *output = output_of(&sink);
	struct clip clip;
	clip_open(&clip, "libx264", NULL, output_wants_global_header(output));
	if (output_open(output, clip.tracks, clip.count, &error) == 0)
		assert_true(clip_write(&clip, output, 20 * RATE, &error) < 0);
	struct media_error closing = {0};
	output_close(output, false, &closing);
	clip_close(&clip);
	output_destroy(output);
	return error;
}

static void a_full_disk_is_said(void **state)
{
	(void)state;
	struct media_error error = failure_at("/dev/full", "mpegts");
	assert_string_equal(error.text, "/dev/full: the disk is full");
	assert_non_null(strstr(error.mend, "keep_size"));
}

static void a_file_that_may_not_grow_is_said(void **state)
{
	(void)state;
	struct rlimit before, limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 1000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	struct media_error error = failure_at(path_of("limit.mp4"), "");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(error.text, "/limit.mp4: the file is as large as the file system, or ulimit -f, allows"));
	assert_non_null(strstr(error.mend, "segment_time"));
}

static void impossible_folders_are_said(void **state)
{
	(void)state;
	struct media_error error = failure_at("/proc/framebroker/x.mp4", "");
	assert_string_equal(error.text, "/proc/framebroker: the folder cannot be made: No such file or directory");
	write_bytes("plain", 1, 0);
	error = failure_at(path_of("plain/x.mp4"), "");
	assert_non_null(strstr(error.text, "/plain/x.mp4: cannot be written: Not a directory"));
	assert_non_null(strstr(error.mend, "a file stands where"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_complete),
		cmocka_unit_test(a_recording_is_never_overwritten),
		cmocka_unit_test(numbers_go_on_when_files_are_gone),
		cmocka_unit_test(dates_name_files_and_folders),
		cmocka_unit_test(segments_begin_at_key_frames_and_zero),
		cmocka_unit_test(sound_alone_is_cut_too),
		cmocka_unit_test(a_file_that_is_cut_off_can_be_played),
		cmocka_unit_test(a_file_without_a_packet_is_not_left),
		cmocka_unit_test(old_files_go_and_others_stay),
		cmocka_unit_test(the_oldest_go_beyond_a_size),
		cmocka_unit_test(a_recording_keeps_to_its_size),
		cmocka_unit_test(special_characters_stay_themselves),
		cmocka_unit_test(a_full_disk_is_said),
		cmocka_unit_test(a_file_that_may_not_grow_is_said),
		cmocka_unit_test(impossible_folders_are_said),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
