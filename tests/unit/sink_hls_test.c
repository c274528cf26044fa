/* sink_hls_test.c: HLS as files: what the playlist says while it is written, at its end, and when it goes on. */
#include "output_support.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], list[96];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/framebroker-hls-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(list, sizeof list, "%s/new/live.m3u8", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static const char *playlist(void)
{
	static char text[4096];
	FILE *file = fopen(list, "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	return text;
}

static unsigned count(const char *text, const char *word)
{
	unsigned found = 0;
	while ((text = strstr(text, word))) {
		text += strlen(word);
		found++;
	}
	return found;
}

static unsigned segments_left(void)
{
	unsigned left = 0;
	for (int i = 0; i < 30; i++) {
		char path[128];
		snprintf(path, sizeof path, "%s/new/live%d.ts", folder, i);
		left += access(path, F_OK) == 0;
	}
	return left;
}

/* Pieces of one second. */
static void push(const struct config_dictionary *options, int frames, bool ended)
{
	struct config_sink sink = sink_to(list);
	struct media_error error = {0};
	sink.format_options = *options;
	struct output *output = output_of(&sink);
	struct clip clip;
	clip_open(&clip, "libx264", "aac", output_wants_global_header(output));
	output_open(output, clip.tracks, clip.count, &error);
	clip_write(&clip, output, frames, &error);
	assert_string_equal(error.text, "");
	assert_string_equal(output_file(output), list);
	output_close(output, ended, &error);
	assert_string_equal(error.text, "");
	clip_close(&clip);
	output_destroy(output);
}

static void a_list_has_an_end_and_no_break(void **state)
{
	(void)state;
	struct config_pair pairs[] = {{"hls_time", "1"}, {"hls_list_size", "0"}};
	push(&(struct config_dictionary){pairs, 2}, 5 * RATE, true);
	assert_int_equal(count(playlist(), "#EXTINF"), 5);
	assert_int_equal(count(playlist(), "#EXT-X-ENDLIST"), 1);
	assert_null(strstr(playlist(), "DISCONTINUITY"));
	struct content content;
	assert_true(content_read(list, &content));
	assert_int_equal(content.packets[0], 5 * RATE);
	assert_int_equal(content.keys, 5);
}

static void a_restarted_sink_goes_on(void **state)
{
	(void)state;
	struct config_pair pairs[] = {{"hls_time", "1"}, {"hls_list_size", "4"}};
	struct config_dictionary options = {pairs, 2};
	push(&options, 3 * RATE, false);
	assert_null(strstr(playlist(), "#EXT-X-ENDLIST"));
	assert_non_null(strstr(playlist(), "#EXT-X-MEDIA-SEQUENCE:0\n"));
	push(&options, 3 * RATE, false);
	assert_null(strstr(playlist(), "#EXT-X-ENDLIST"));
	assert_int_equal(count(playlist(), "#EXT-X-DISCONTINUITY\n"), 1);
	assert_non_null(strstr(playlist(), "#EXT-X-MEDIA-SEQUENCE:2\n"));
	assert_non_null(strstr(playlist(), "live5.ts"));
	push(&options, 10 * RATE, true);
	assert_int_equal(count(playlist(), "#EXT-X-ENDLIST"), 1);
	assert_int_equal(count(playlist(), "#EXTINF"), 4);
	assert_in_range(segments_left(), 4, 6); /* FFmpeg leaves one or two for those who are still reading them */
}

static void a_list_of_everything_is_always_complete(void **state)
{
	(void)state;
	struct config_pair pairs[] = {{"hls_time", "1"}, {"hls_list_size", "0"}};
	push(&(struct config_dictionary){pairs, 2}, 2 * RATE, false);
	assert_int_equal(count(playlist(), "#EXT-X-ENDLIST"), 1);
}

static void pieces_that_cannot_be_written_are_said(void **state)
{
	(void)state;
	struct rlimit before, limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 20000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	struct config_sink sink = sink_to(list);
	struct media_error error = {0}, closing = {0};
	struct output *output = output_of(&sink);
	struct clip clip;
	clip_open(&clip, "libx264", "aac", output_wants_global_header(output));
	output_open(output, clip.tracks, clip.count, &error);
	assert_string_equal(error.text, "");
	assert_true(clip_write(&clip, output, 5 * RATE, &error) < 0);
	assert_non_null(strstr(error.text, "/live.m3u8: the file is as large as"));
	output_close(output, false, &closing);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	clip_close(&clip);
	output_destroy(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_list_has_an_end_and_no_break, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_restarted_sink_goes_on, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_list_of_everything_is_always_complete, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(pieces_that_cannot_be_written_are_said, make_folder, remove_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
