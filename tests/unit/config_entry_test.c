/* config_entry_test.c: single entries: text to struct to text, exactly. */
#include "config/text.h"
#include "config_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config_source *source_of(const char *name, const char *text, const struct config_defaults *defaults)
{
	struct config_source *source = NULL;
	struct config_errors errors = {0};
	int result = config_source_from_text(name, text, defaults, &source, &errors);
	assert_errors(&errors, NULL);
	assert_int_equal(result, 0);
	return source;
}

/* Reads text as a source, writes it, reads and writes that again; both must be the expected text. */
static void assert_source_text(const char *text, const char *expected)
{
	struct config_source *source = source_of(NULL, text, NULL);
	char *first = config_source_to_text(source);
	assert_string_equal(first, expected);
	struct config_source *again = source_of(source->name, first, NULL);
	char *second = config_source_to_text(again);
	assert_string_equal(second, first);
	free(first);
	free(second);
	config_source_free(source);
	config_source_free(again);
}

static void sources_round_trip(void **state)
{
	(void)state;
	assert_source_text("{name: a, url: x, linger: 10s}",
			   "{\"name\": \"a\", \"url\": \"x\", \"outputs\": {\"a\": {\"depth\": 8}}}");
	assert_source_text(
		"{name: a, url: x, preroll: 5s}",
		"{\"name\": \"a\", \"url\": \"x\", \"preroll\": \"5s\", \"outputs\": {\"a\": {\"depth\": 8}, "
		"\"a/packets\": {\"media\": \"packet\", \"depth\": 8}}}");
	assert_source_text("{name: a, url: x, preroll: 5s, outputs: {p: {media: packet}}}",
			   "{\"name\": \"a\", \"url\": \"x\", \"preroll\": \"5s\", \"outputs\": {\"p\": {\"media\": "
			   "\"packet\", \"depth\": 8}}}");
	assert_source_text(
		"name: cam/1\nurl: rtsp://h/x\nenabled: false\nuser: admin\npassword: 'p@${X}\"\\#'\nreadrate: 1.25\n"
		"stream_loop: -1\nopen_timeout: 1500ms\nread_timeout: 120s\nlinger: 0s\n"
		"format_options: {z: '1', headers: \"A: b\\r\\n\\u2028\\u0085\\u00e4\\U0001F600\\x7f\", '': ''}\n"
		"outputs:\n  b: {media: audio, sample_rate: 48000, channels: 2, metadata_size: 0B}\n"
		"  a: {track: 0, filter: 'crop=1:2', frame_rate: 30000/1001, lossless: deny, metadata_size: 1000B}\n",
		"{\"name\": \"cam/1\", \"enabled\": false, \"url\": \"rtsp://h/x\", \"user\": \"admin\", "
		"\"password\": \"p@${X}\\\"\\\\#\", "
		"\"format_options\": {\"z\": \"1\", \"headers\": \"A: "
		"b\\u000d\\u000a\\u2028\\u0085\\u00e4\xf0\x9f\x98\x80\\u007f\", "
		"\"\": \"\"}, \"readrate\": \"5/4\", \"stream_loop\": -1, \"open_timeout\": \"1500ms\", "
		"\"read_timeout\": \"2min\", \"linger\": \"0s\", \"outputs\": "
		"{\"b\": {\"media\": \"audio\", \"depth\": 256, \"metadata_size\": \"0B\", \"sample_rate\": 48000, "
		"\"channels\": 2}, "
		"\"a\": {\"track\": 0, \"frame_rate\": \"30000/1001\", \"filter\": \"crop=1:2\", \"depth\": 8, "
		"\"metadata_size\": \"1000B\", \"lossless\": \"deny\"}}}");
}

static void assert_stream_text(const char *text, const char *expected)
{
	struct config_stream *stream = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_stream_from_text("s", text, NULL, &stream, &errors), 0);
	char *first = config_stream_to_text(stream);
	assert_string_equal(first, expected);
	config_stream_free(stream);
	assert_int_equal(config_stream_from_text(NULL, first, NULL, &stream, &errors), 0);
	assert_string_equal(stream->output.name, "s");
	char *second = config_stream_to_text(stream);
	assert_string_equal(second, first);
	free(first);
	free(second);
	config_stream_free(stream);
}

static void streams_round_trip(void **state)
{
	(void)state;
	assert_stream_text("{like: gate}", "{\"name\": \"s\", \"like\": \"gate\"}");
	assert_stream_text("{width: 4, height: 2, pixel_format: rgb24, frame_rate: 25, max_held: 2}",
			   "{\"name\": \"s\", \"pixel_format\": \"rgb24\", \"width\": 4, \"height\": 2, "
			   "\"frame_rate\": 25, \"depth\": 8, \"max_held\": 2}");
}

static void defaults_end_in_the_text(void **state)
{
	(void)state;
	struct config *config =
		load_good("defaults: {source: {linger: 3s}, output: {spare: 1, width: 64, scale: fast}}");
	struct config_source *source = source_of(
		"a", "{url: x, linger: 10s, outputs: {a: {width: native}, b: {media: audio}}}", &config->defaults);
	char *text = config_source_to_text(source);
	assert_string_equal(
		text, "{\"name\": \"a\", \"url\": \"x\", \"outputs\": {\"a\": {\"scale\": \"fast\", "
		      "\"depth\": 8, \"spare\": 1}, \"b\": {\"media\": \"audio\", \"depth\": 256, \"spare\": 1}}}");
	struct config_source *copy = config_source_copy(source);
	config_source_free(source);
	char *copied = config_source_to_text(copy);
	assert_string_equal(copied, text);
	free(text);
	free(copied);
	config_source_free(copy);
	config_free(config);
}

static void copies_of_streams(void **state)
{
	(void)state;
	struct config *config = load_good("streams: {s: {like: gate, depth: 3}}");
	struct config_stream *copy = config_stream_copy(&config->streams[0]);
	config_free(config);
	assert_string_equal(copy->output.name, "s");
	assert_string_equal(copy->like, "gate");
	assert_int_equal(copy->output.depth, 3);
	config_stream_free(copy);
}

static void assert_output_faults(const char *text, const char *line)
{
	struct config_source *added = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_output_from_text("a/small", text, NULL, &added, &errors), -EINVAL);
	assert_null(added);
	assert_errors(&errors, line);
}

static void outputs_come_and_go(void **state)
{
	(void)state;
	assert_output_faults("{source: a, width: 64, url: x}",
			     "output a/small:1: url: unknown key; allowed: media, track, pixel_format, width, height, "
			     "frame_rate, fps_mode, filter, scale, depth, spare, max_readers, max_held, metadata_size, "
			     "lossless, lossless_timeout, sample_format, sample_rate, channels, frame_size");
	assert_output_faults(
		"{width: 64}",
		"output a/small:1: source: is missing; allowed: the name of the source that the output belongs to");
	assert_output_faults(
		"{source: [a]}",
		"output a/small:1: source: is no name; allowed: the name of the source that the output belongs to");
	struct config_source *source = source_of("a", "{url: x}", NULL), *added = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_output_from_text("a/small", "{source: a, width: 64}", NULL, &added, &errors), 0);
	assert_string_equal(added->name, "a");
	assert_int_equal(added->output_count, 1);
	config_source_add_output(source, added->outputs);
	config_source_free(added);
	char *text = config_source_to_text(source);
	assert_string_equal(text, "{\"name\": \"a\", \"url\": \"x\", \"outputs\": {\"a\": {\"depth\": 8}, "
				  "\"a/small\": {\"width\": 64, \"depth\": 8}}}");
	free(text);
	assert_false(config_source_remove_output(source, "b"));
	assert_true(config_source_remove_output(source, "a"));
	assert_int_equal(source->output_count, 1);
	assert_string_equal(source->outputs[0].name, "a/small");
	assert_true(config_source_remove_output(source, "a/small"));
	config_source_free(source);
}

static void broker_text_tells_changes(void **state)
{
	(void)state;
	struct config *a = load_good("broker: {access: [{user: anna, allow: [read, write]}], log_level: debug}");
	char *text = config_broker_to_text(&a->broker);
	assert_string_equal(text, "{\"log_level\": \"debug\", \"access\": [{\"user\": \"anna\", \"allow\": [\"read\", "
				  "\"write\"]}]}");
	free(text);
	config_free(a);
}

static void assert_source_faults(const char *name, const char *text, const char *line)
{
	struct config_source *source = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_source_from_text(name, text, NULL, &source, &errors), -EINVAL);
	assert_null(source);
	assert_errors(&errors, line);
}

static void bad_entries(void **state)
{
	(void)state;
	assert_source_faults("a", "{url: x, liner: 3s}", "source a:1: liner: unknown key; did you mean linger?");
	assert_source_faults("a", "\nurl: x\nlinger: 3",
			     "source a:3: linger: '3' has no unit; allowed: a time in ms, s, "
			     "min, h or d, 0s to 1d");
	assert_source_faults("a", "{}", "source a:1: url: is missing; it has no default");
	assert_source_faults("a", "{url: x",
			     "source a:2: not YAML: while parsing a flow mapping, did not find expected "
			     "',' or '}'");
	assert_source_faults("a", "x", "source a:1: not a configuration; allowed: keys with values, such as sources:");
	assert_source_faults(NULL, "{url: x}", "source:1: name: is missing");
	assert_source_faults("a/", "{url: x}", "source a/:1: name: the name has an empty part beside a /");
	assert_source_faults("a", "{url: x, name: b}", "source a:1: name: is not a");
	assert_source_faults(NULL, "{url: x, name: [b]}", "source:1: name: is missing");
	assert_source_faults(
		"a", "{url: x, outputs: {b: {depth: 0}}}",
		"source a:1: outputs.b.depth: '0' is out of range; allowed: auto, or a whole number, 1 to 8192");
	assert_source_faults("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789", "{url: x, preroll: 1s}",
			     "source abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789:1: preroll: needs "
			     "a stream NAME/packets: the source's name is too long");
	struct config_stream *stream = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_stream_from_text("s", "{media: packet}", NULL, &stream, &errors), -EINVAL);
	assert_errors(&errors, "stream s:1: media: packet is only for a source's outputs");
	assert_int_equal(config_stream_from_text("s", "{like: a, url: x}", NULL, &stream, &errors), -EINVAL);
	assert_null(stream);
	assert_int_equal(errors.count, 1);
	assert_non_null(strstr(errors.lines[0], "stream s:1: url: unknown key; allowed: like, media, track, "));
	config_errors_clear(&errors);
}

/* The writer and the copier follow all tables, those of parts that are refused for now too. */
static void whole_configuration_is_copied(void **state)
{
	(void)state;
	struct config *config = load_good("sources: {a: {url: x, codec_options: {threads: 2}}}\n"
					  "streams: {b: {like: a}}\nbroker: {access: []}\n"
					  "defaults: {output: {spare: 2}}\n");
	struct config copy;
	schema_copy(&schema_config, &copy, config);
	char *text = text_write(&schema_config, config, false), *copied = text_write(&schema_config, &copy, false);
	assert_string_equal(copied, text);
	struct config *again = load_good(text);
	char *second = text_write(&schema_config, again, false);
	assert_string_equal(second, text);
	free(text);
	free(copied);
	free(second);
	schema_clear(&schema_config, &copy);
	config_free(again);
	config_free(config);
}

static void nothing_is_freed(void **state)
{
	(void)state;
	config_free(NULL);
	config_source_free(NULL);
	config_stream_free(NULL);
	config_errors_clear(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_round_trip),
		cmocka_unit_test(streams_round_trip),
		cmocka_unit_test(defaults_end_in_the_text),
		cmocka_unit_test(copies_of_streams),
		cmocka_unit_test(outputs_come_and_go),
		cmocka_unit_test(broker_text_tells_changes),
		cmocka_unit_test(bad_entries),
		cmocka_unit_test(whole_configuration_is_copied),
		cmocka_unit_test(nothing_is_freed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
