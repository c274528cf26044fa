/* core_runtime_test.c: run-time entries survive their file, and a file that is broken is refused whole. */
#include "base/error.h"
#include "core/runtime.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct runtime runtime;
static struct config_errors errors;
static char folder[32], path[64];

static int begin(void **state)
{
	(void)state;
	runtime = (struct runtime){0};
	errors = (struct config_errors){0};
	strcpy(folder, "/tmp/core-runtime-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/run.json", folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	runtime_clear(&runtime);
	config_errors_clear(&errors);
	unlink(path);
	return rmdir(folder); /* fails where anything else is left in it */
}

static struct config_source *source(const char *name, const char *keys)
{
	struct config_source *read = NULL;
	assert_int_equal(config_source_from_text(name, keys, NULL, &read, &errors), 0);
	return read;
}

static struct config_source *output(const char *name, const char *keys)
{
	struct config_source *read = NULL;
	assert_int_equal(config_output_from_text(name, keys, NULL, &read, &errors), 0);
	return read;
}

static struct config_stream *stream(const char *name)
{
	struct config_stream *read = NULL;
	assert_int_equal(
		config_stream_from_text(name, "{pixel_format: gray, width: 8, height: 8}", NULL, &read, &errors), 0);
	return read;
}

static struct config_sink *sink(const char *name)
{
	struct config_sink *read = NULL;
	assert_int_equal(config_sink_from_text(name,
					       "{url: 'rtmp://h/1', user: u, password: s, video: {stream: gate, "
					       "codec_options: {crf: 23}}}",
					       NULL, &read, &errors),
			 0);
	return read;
}

static void fill(void)
{
	runtime_add_source(&runtime, source("yard", "{url: 'rtsp://h/1', user: u, password: 'p\"@#\\ü'}"));
	runtime_add_output(&runtime, output("gate/x", "{source: gate, width: 64}"));
	runtime_add_output(&runtime, output("yard/x", "{source: yard, width: 32}")); /* becomes the source's own */
	runtime_add_stream(&runtime, stream("marked"));
	runtime_add_sink(&runtime, sink("live"));
	runtime_remove(&runtime.removed_sources, "old");
	runtime_remove(&runtime.removed_sources, "old");
	runtime_remove(&runtime.removed_outputs, "gate/small");
}

static void file_brings_everything_back(void **state)
{
	(void)state;
	struct runtime back;
	fill();
	assert_int_equal(runtime_save(&runtime, path), 0);
	struct stat made;
	assert_return_code(stat(path, &made), errno);
	assert_int_equal(made.st_mode & 07777, 0600); /* it holds passwords */
	assert_int_equal(runtime_load(path, &back, &errors), 0);
	assert_int_equal(back.source_count, 1);
	assert_string_equal(back.sources[0]->password, "p\"@#\\ü");
	assert_int_equal(back.sources[0]->output_count, 2);
	assert_int_equal(back.sources[0]->outputs[1].width, 32);
	assert_int_equal(back.output_count, 1);
	assert_string_equal(back.outputs[0]->name, "gate");
	assert_string_equal(back.outputs[0]->outputs[0].name, "gate/x");
	assert_int_equal(back.stream_count, 1);
	assert_int_equal(back.sink_count, 1);
	assert_string_equal(back.sinks[0]->video.codec_options.pairs[0].value, "23");
	assert_int_equal(back.removed_sources.count, 1);
	char *before = runtime_to_text(&runtime), *after = runtime_to_text(&back);
	assert_string_equal(before, after);
	free(before);
	free(after);
	runtime_clear(&back);
}

static void saving_replaces_the_file_whole(void **state)
{
	(void)state;
	fill();
	assert_int_equal(runtime_save(&runtime, path), 0);
	runtime_clear(&runtime);
	assert_int_equal(runtime_save(&runtime, path), 0);
	assert_int_equal(runtime_load(path, &runtime, &errors), 0);
	assert_int_equal(runtime.source_count + runtime.output_count + runtime.stream_count, 0);
}

static void saving_nowhere_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(runtime_save(&runtime, "/nonexistent/run.json"), -ENOENT);
	assert_non_null(strstr(error_text(), "broker.runtime_file"));
}

static void missing_file_is_nothing_added(void **state)
{
	(void)state;
	assert_int_equal(runtime_load(path, &runtime, &errors), 0);
	assert_int_equal(runtime.source_count, 0);
}

static void assert_refused(const char *text, const char *expected)
{
	struct runtime untouched = {.source_count = 77};
	assert_int_equal(runtime_from_text(text, "run.json", &untouched, &errors), -EINVAL);
	assert_int_equal(untouched.source_count, 77);
	assert_non_null(strstr(errors.lines[0], expected));
	config_errors_clear(&errors);
}

static void broken_text_is_refused_whole(void **state)
{
	(void)state;
	assert_refused("", "run.json");
	assert_refused("{\"sources\": {", "run.json:1");
	assert_refused("[]", "no object");
	assert_refused("{\"sources\": []}", "sources: is not an object");
	assert_refused("{\"sources\": {\"a\": {\"url\": \"x\"}, \"b\": {\"urll\": \"x\"}}}", "source b");
	assert_refused("{\"sources\": {\"a\": {\"url\": \"x\"}, \"a\": {\"url\": \"y\"}}}", "run.json:1");
	assert_refused("{\"sources\": {\"../a\": {\"url\": \"x\"}}}", "name");
	assert_refused("{\"sources\": {\"a\": 5}}", "a");
	assert_refused("{\"outputs\": {\"a\": {\"width\": 5}}}", "source");
	assert_refused("{\"outputs\": {\"a\": {\"source\": {}}}}", "source");
	assert_refused("{\"removed\": {\"sources\": [5]}}", "removed.sources[0]");
	assert_refused("{\"sinks\": {\"a\": {\"url\": \"x\"}}}", "neither video nor audio");
}

static void broken_file_stays_as_it_is(void **state)
{
	(void)state;
	static const char text[] = "{\"sources\": ";
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	assert_int_equal(runtime_load(path, &runtime, &errors), -EINVAL);
	char back[64] = "";
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, back, sizeof back), sizeof text - 1);
	close(fd);
	assert_string_equal(back, text);
}

static void source_takes_its_outputs_along(void **state)
{
	(void)state;
	fill();
	runtime_add_output(&runtime, output("gate/y", "{source: gate}"));
	assert_false(runtime_drop_output(&runtime, "nothing"));
	assert_true(runtime_drop_output(&runtime, "yard/x"));
	assert_int_equal(runtime.sources[0]->output_count, 1);
	assert_true(runtime_drop_output(&runtime, "gate/x"));
	runtime_drop_source(&runtime, "gate");
	assert_int_equal(runtime.output_count, 0);
	assert_int_equal(runtime.source_count, 1);
	runtime_drop_source(&runtime, "yard");
	runtime_drop_stream(&runtime, "marked");
	runtime_drop_sink(&runtime, "nothing");
	assert_int_equal(runtime.sink_count, 1);
	runtime_drop_sink(&runtime, "live");
	assert_int_equal(runtime.sink_count, 0);
	assert_int_equal(runtime.source_count + runtime.stream_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(file_brings_everything_back),    TEST(saving_replaces_the_file_whole),
		TEST(saving_nowhere_is_an_error),     TEST(missing_file_is_nothing_added),
		TEST(broken_text_is_refused_whole),   TEST(broken_file_stays_as_it_is),
		TEST(source_takes_its_outputs_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
