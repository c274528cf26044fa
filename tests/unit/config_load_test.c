/* config_load_test.c: what a whole text may look like: YAML itself, keys, names, merging, and what is not built. */
#include "base/error.h"
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

static void empty_texts(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "\n", "# nothing\n", "---\n", "{}", "null", "sources:\nbroker:\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct config *config = load_good(texts[i]);
		assert_int_equal(config->source_count, 0);
		config_free(config);
	}
}

static void json_is_yaml(void **state)
{
	(void)state;
	struct config *config =
		load_good("{\"sources\":{\"a\":{\"url\":\"http:\\/\\/h\\/\\u00fc\",\"on_demand\":true,\r\n"
			  "\t\"outputs\":{\"b\":{\"width\":8}}}}}");
	assert_string_equal(config->sources[0].url, "http://h/\xc3\xbc");
	assert_true(config->sources[0].on_demand);
	assert_int_equal(config->sources[0].outputs[0].width, 8);
	config_free(config);
}

static void yaml_faults(void **state)
{
	(void)state;
	assert_faults("broker:\n\tmemory: auto\n", "t:2: a tab in the indentation; YAML indents with spaces");
	assert_faults("broker:\n  memory: auto\n  \tlog_level: info\n",
		      "t:3: a tab in the indentation; YAML indents with spaces");
	assert_faults("broker: {memory: auto\n",
		      "t:2: not YAML: while parsing a flow mapping, did not find expected ',' or '}'");
	assert_faults("a: \xff\n", "t:1: not YAML: invalid leading UTF-8 octet");
	assert_faults("# x\n# y\nbroker: \xc3", "t:3: not YAML: incomplete UTF-8 octet sequence");
	assert_faults("- a\n", "t:1: not a configuration; allowed: keys with values, such as sources:");
	assert_faults("hello\n", "t:1: not a configuration; allowed: keys with values, such as sources:");
	assert_faults("broker: {}\n---\nbroker: {}\n", "t:2: a second document; one file holds one");
	assert_faults("{[a]: 1}\n", "t:1: a key must be a plain word");
	assert_faults("broker:\n  socket: \"a\\0b\"\n", "t:2: a zero byte inside a value");
	assert_faults("broker: &b {}\nrtsp: *b\n",
		      "t:1: anchors (&name) are not allowed; use defaults: for what entries share",
		      "t:2: aliases (*name) are not allowed; use defaults: for what entries share");
	assert_faults("broker:\n  socket: !!str a\n", "t:2: tags (!name) are not allowed; write the value alone");
}

static char *repeat(const char *text, size_t times)
{
	size_t length = strlen(text);
	char *all = malloc(length * times + 1);
	assert_non_null(all);
	for (size_t i = 0; i < times; i++)
		memcpy(all + i * length, text, length);
	all[length * times] = '\0';
	return all;
}

static void limits(void **state)
{
	(void)state;
	char *deep = repeat("[", 1000);
	assert_faults(deep, "t:1: nested too deeply");
	free(deep);
	char *wide = repeat("a: 1\n", 60000);
	assert_faults(wide, "t:50000: too many keys and values");
	free(wide);
	char *large = repeat("#\n", (2 << 20) + 1);
	assert_faults(large, "t: larger than 4 MiB");
	free(large);
	char *name = repeat("n", 65);
	char text[256], fault[256];
	snprintf(text, sizeof text, "sources: {%s: {url: x}}", name);
	snprintf(fault, sizeof fault, "t:1: sources.%s: the name is longer than 64 bytes", name);
	assert_faults(text, fault);
	snprintf(text, sizeof text, "sources: {%s: {url: x}}", name + 1);
	config_free(load_good(text));
	free(name);
}

static void many_errors_are_cut(void **state)
{
	(void)state;
	char *wide = repeat("a: 1\n", 150);
	struct config *config = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_load_text(wide, strlen(wide), "t", &config, &errors), -EINVAL);
	assert_int_equal(errors.count, 100);
	assert_int_equal(errors.total, 150);
	assert_int_equal(strncmp(error_text(), "t:2: a: given a second time; the first is at t:1\nt:3: a: ", 57), 0);
	const char *more = strstr(error_text(), "\nand ");
	assert_non_null(more);
	int lines = 0;
	for (const char *at = error_text(); at <= more; at++)
		lines += *at == '\n';
	assert_int_equal(atoi(more + 5) + lines, 150);
	/* a full list must not hide a failure */
	assert_int_equal(config_load_text(wide, strlen(wide), "t", &config, &errors), -EINVAL);
	assert_null(config);
	config_errors_clear(&errors);
	free(wide);
}

static void keys(void **state)
{
	(void)state;
	assert_faults("sorces: {}\n", "t:1: sorces: unknown key; did you mean sources?");
	assert_faults("xyz: {}\n", "t:1: xyz: unknown key; allowed: include, broker, rtsp, http, defaults, sources, "
				   "streams, sinks, processors");
	assert_faults("sources:\n  a:\n    url: x\n    readtimeout: 5s\n",
		      "t:4: sources.a.readtimeout: unknown key; did you mean read_timeout?");
	assert_faults("sources:\n  a: {url: x, width: 64}\n",
		      "t:2: sources.a.width: is a key of its outputs; allowed: outputs.NAME.width");
	assert_faults("streams:\n  a: {like: b, dept: 4}\n", "t:2: streams.a.dept: unknown key; did you mean depth?");
	assert_faults("broker:\n  memory: auto\n  log_level: info\n  memory: posix\n",
		      "t:4: broker.memory: given a second time; the first is at t:2");
	assert_faults("broker: {}\nbroker: {}\n", "t:2: broker: given a second time; the first is at t:1");
	assert_faults("defaults:\n  output: {}\n  output: {}\n",
		      "t:3: defaults.output: given a second time; the first is at t:2");
	assert_faults("sources:\n  a:\n    url: x\n    format_options:\n      k: 1\n      k: 2\n",
		      "t:6: sources.a.format_options.k: given a second time; the first is at t:5");
	assert_faults(
		"sources:\n  a:\n    url: x\n    format_options: [k]\n    codec_options: {k: [1]}\n",
		"t:4: sources.a.format_options: is not a mapping; allowed: keys with values such as {threads: 2}",
		"t:5: sources.a.codec_options.k: is not a single value; allowed: keys with values such as {threads: "
		"2}");
	assert_faults("sources: [a]\n", "t:1: sources: is not a mapping; allowed: names, each with its keys");
	assert_faults("sources: {a: 5}\n", "t:1: sources.a: is not a mapping; allowed: keys with values");
	assert_faults("sources:\n  a: {enabled: yes}\n  b:\n",
		      "t:2: sources.a.enabled: 'yes' is not true or false; allowed: true | false",
		      "t:2: sources.a.url: is missing; it has no default",
		      "t:3: sources.b.url: is missing; it has no default");
	assert_faults("sources:\n  a:\n    url: \"\"\n",
		      "t:3: sources.a.url: is empty; allowed: text on one line, at most 4096 bytes");
}

static void names(void **state)
{
	(void)state;
	assert_faults("sources:\n  a b: {url: x}\n",
		      "t:2: sources.a b: the name may hold letters, digits, _ . - and / only");
	assert_faults("sources:\n  /a: {url: x}\n", "t:2: sources./a: the name has an empty part beside a /");
	assert_faults("sources:\n  a/: {url: x}\n", "t:2: sources.a/: the name has an empty part beside a /");
	assert_faults("sources:\n  a/../b: {url: x}\n", "t:2: sources.a/../b: the name has a part . or ..");
	assert_faults("sources:\n  \"\": {url: x}\n", "t:2: sources.: the name is empty");
	assert_faults("sources:\n  t\xc3\xbcr: {url: x}\n",
		      "t:2: sources.t\xc3\xbcr: the name may hold letters, digits, _ . - and / only");
	config_free(load_good("sources: {a/.b/..c/_-1.x: {url: x}}"));
}

static void stream_names_are_unique(void **state)
{
	(void)state;
	assert_faults("sources:\n  a: {url: x}\n  b:\n    url: y\n    outputs:\n      a: {}\n      c: {}\n"
		      "streams:\n  c: {like: a}\n",
		      "t:6: sources.b.outputs.a: a second stream named a; the first is at t:2",
		      "t:9: streams.c: a second stream named c; the first is at t:7");
	assert_faults("sources:\n  a: {url: x}\n  a: {url: y}\n",
		      "t:3: sources.a: defined a second time; the first is at t:2");
	assert_faults("sources:\n  a:\n    url: x\n    outputs:\n      b: {}\n      b: {}\n",
		      "t:6: sources.a.outputs.b: defined a second time; the first is at t:5");
}

static void not_in_this_version(void **state)
{
	(void)state;
	assert_faults("rtsp: {listen: ':8554'}\n", "t:1: rtsp.listen: not in this version");
	assert_faults("http:\n  admin: true\n  token: abc\n  listn: x\n", "t:2: http.admin: not in this version",
		      "t:3: http.token: not in this version", "t:4: http.listn: unknown key; did you mean listen?");
	assert_faults("processors:\n  p: {command: [x]}\n", "t:2: processors.p: not in this version");
	assert_faults("defaults:\n  processor: {instances: 2}\n",
		      "t:2: defaults.processor.instances: not in this version");
	config_free(load_good("rtsp: {listen: ''}\nhttp: {listen: '', admin: false}\nsinks: {}\nprocessors:\n"
			      "defaults: {sink: {preroll: 0s}, processor: {}}\n"
			      "sources: {a: {url: x, preroll: 0s, hwaccel: none, hwaccel_device: ''}}\n"
			      "streams: {b: {like: a}}\n"));
}

static void sinks(void **state)
{
	(void)state;
	struct config *config =
		load_good("defaults: {sink: {max_delay: 1s}}\n"
			  "sinks:\n"
			  "  live: {url: 'rtsp://h/x', video: {stream: a, bit_rate: 800k}, audio: {stream: b}}\n"
			  "  off: {url: a.mp4, enabled: false, video: {stream: nobody}}\n");
	assert_int_equal(config->sink_count, 2);
	assert_int_equal(config->sinks[0].max_delay_ns, INT64_C(1000000000));
	assert_int_equal(config->sinks[0].video.bit_rate, 800000);
	assert_string_equal(config->sinks[0].audio.codec, "aac");
	assert_string_equal(config->sinks[1].audio.stream, "");
	config_free(config);
	assert_faults("sinks:\n  a: {url: x}\n",
		      "t:2: sinks.a: has neither video nor audio; it needs one at least, as video: {stream: NAME}");
	assert_faults("sinks:\n  a:\n    video: {codec: libx264}\n",
		      "t:3: sinks.a.video.stream: is missing; it has no default",
		      "t:2: sinks.a.url: is missing; it has no default");
	assert_faults("sinks:\n  a:\n    url: x\n    video:\n      stream: a b\n      fallback: ../a\n"
		      "    audio: {stream: /c}\n",
		      "t:5: sinks.a.video.stream: is not a stream's name",
		      "t:6: sinks.a.video.fallback: is not a stream's name",
		      "t:7: sinks.a.audio.stream: is not a stream's name");
	assert_faults("sinks:\n  a: {url: x, video: {stream: b, fallback: b, bitrate: 5M}}\n",
		      "t:2: sinks.a.video.bitrate: unknown key; did you mean bit_rate?",
		      "t:2: sinks.a.video.fallback: is the stream itself; allowed: another one");
	assert_faults(
		"sinks:\n  a: {url: 'hls:gate', video: {stream: b}}\n  b: {url: 'redis://h/1', video: {stream: b}}\n",
		"t:2: sinks.a.url: hls:NAME is not in this version; HLS as files works: a path that ends in .m3u8",
		"t:3: sinks.b.url: redis: is not in this version");
	assert_faults("sinks:\n  a: {url: x, user: u, reconnect_delay: 40s, video: {stream: b}}\n",
		      "t:2: sinks.a.reconnect_delay_max: is less than reconnect_delay; allowed: the same or more",
		      "t:2: sinks.a.user: cannot be put into the url; allowed: with a url of the form scheme://host "
		      "without a user in it");
	config_free(load_good("sinks: {a: {url: x, video: {stream: b, codec: copy, frame_ahead: 3}}}\n"));
	assert_faults(
		"sinks:\n  a: {url: x, video: {stream: b, codec: copy, width: 64}, audio: {stream: c, codec: copy, "
		"bit_rate: 64k}}\n",
		"t:2: sinks.a.video.width: is for an encoder; codec: copy sends the packets as they are",
		"t:2: sinks.a.audio.bit_rate: is for an encoder; codec: copy sends the packets as they are");
	assert_faults("defaults: {sink: {video: {stream: a}}}\n",
		      "t:1: defaults.sink.video: cannot have a default; allowed: in a named entry");
}

static void defaults_are_merged(void **state)
{
	(void)state;
	/* defaults come last in the text and count all the same */
	struct config *config = load_good("sources:\n"
					  "  a: {url: x, linger: 1s, format_options: {c: 3}}\n"
					  "  b:\n"
					  "    url: y\n"
					  "    outputs: {b: {depth: 9, width: native}, b/audio: {media: audio}}\n"
					  "streams: {s: {pixel_format: rgb24, height: 4}}\n"
					  "defaults:\n"
					  "  source: {linger: 5s, on_demand: true, format_options: {a: 1, b: 2}}\n"
					  "  output: {depth: 20, width: 320, scale: fast}\n");
	const struct config_source *a = &config->sources[0], *b = &config->sources[1];
	assert_true(a->linger_ns == 1000000000 && b->linger_ns == 5000000000);
	assert_true(a->on_demand && b->on_demand);
	assert_int_equal(a->format_options.count, 1);
	assert_int_equal(b->format_options.count, 2);
	assert_int_equal(a->outputs[0].depth, 20);
	assert_int_equal(a->outputs[0].width, 320);
	assert_int_equal(b->outputs[0].depth, 9);
	assert_int_equal(b->outputs[0].width, CONFIG_NATIVE);
	assert_int_equal(b->outputs[0].scale, CONFIG_SCALE_FAST);
	assert_int_equal(b->outputs[1].depth, 20);
	assert_int_equal(b->outputs[1].width, CONFIG_NATIVE);
	assert_int_equal(config->streams[0].output.depth, 20);
	assert_int_equal(config->streams[0].output.width, 320);
	assert_int_equal(config->streams[0].output.scale, CONFIG_SCALE_ACCURATE);
	config_free(config);
	assert_faults("defaults:\n  source: {outputs: {a: {}}}\n",
		      "t:2: defaults.source.outputs: cannot have a default; allowed: in a named entry");
	assert_faults("defaults: {output: {depth: x}}\nsources: {a: {url: x}, b: {url: x}}\n",
		      "t:1: defaults.output.depth: 'x' is not a number; allowed: auto, or a whole number, 1 to 8192");
}

static void streams_need_a_layout(void **state)
{
	(void)state;
	assert_faults("streams:\n  a: {}\n  b:\n    media: audio\n    width: 4\n",
		      "t:2: streams.a.pixel_format: is missing; a stream without like needs it",
		      "t:2: streams.a.width: is missing; a stream without like needs it",
		      "t:2: streams.a.height: is missing; a stream without like needs it",
		      "t:5: streams.b.width: only media: video has this key",
		      "t:3: streams.b.sample_rate: is missing; a stream without like needs it",
		      "t:3: streams.b.channels: is missing; a stream without like needs it");
	assert_faults("streams:\n  a: {like: a}\n  b: {like: 'x y'}\n  c: {like: b, width: 4, scale: fast}\n",
		      "t:2: streams.a.like: is the stream itself; allowed: another one",
		      "t:3: streams.b.like: is not a stream's name",
		      "t:4: streams.c.scale: only a source's outputs have this key",
		      "t:4: streams.c.width: is copied from the stream that like names");
	struct config *config = load_good("streams: {a: {like: gate/small, depth: 5}, c: {like: d},\n"
					  "  b: {media: audio, sample_rate: 48000, channels: 2}}\n");
	assert_string_equal(config->streams[0].output.name, "a");
	assert_string_equal(config->streams[0].like, "gate/small");
	assert_int_equal(config->streams[0].output.depth, 5);
	assert_int_equal(config->streams[1].output.depth, CONFIG_DEPTH_AUTO);
	assert_int_equal(config->streams[2].output.depth, 256);
	config_free(config);
}

static void sources_are_checked(void **state)
{
	(void)state;
	assert_faults("sources:\n  a:\n    url: x\n    reconnect_delay: 40s\n",
		      "t:2: sources.a.reconnect_delay_max: is less than reconnect_delay; allowed: the same or more");
	assert_faults("sources:\n  a: {url: x, hwaccel: auto, hwaccel_device: '1'}\n",
		      "t:2: sources.a.hwaccel_device: is for a named hwaccel; allowed: with hwaccel: cuda, vaapi …");
	assert_faults(
		"sources:\n  a:\n    url: movie.mp4\n    user: u\n  b:\n    url: rtsp://a@h/\n    password: p\n",
		"t:4: sources.a.user: cannot be put into the url; allowed: with a url of the form scheme://host "
		"without a user in it",
		"t:7: sources.b.password: cannot be put into the url; allowed: with a url of the form scheme://host "
		"without a user in it");
}

static void a_whole_is_written_and_read_back(void **state)
{
	(void)state;
	struct config_errors errors = {0};
	struct config
		*read = NULL,
		*config = load_good(
			"defaults: {source: {linger: 5s}, output: {depth: 20, width: 320}, sink: {keep: 3h}}\n"
			"broker: {memory_limit: 1GiB, access: [{user: root, streams: ['a*'], allow: [read]}]}\n"
			"sources:\n"
			"  a: {url: 'rtsp://h/', user: u, password: '$${p}\\n\"', outputs: {a: {}, b: {width: "
			"native}}}\n"
			"  off: {url: x, enabled: false, linger: 30s}\n"
			"streams: {s: {pixel_format: rgb24, width: 4, height: 4}}\n"
			"sinks: {k: {url: k.mp4, video: {stream: s}}}\n");
	char *text = config_to_text(config);
	assert_int_equal(config_from_text(text, &read, &errors), 0);
	char *again = config_to_text(read);
	assert_string_equal(again, text);
	assert_string_equal(read->sources[0].password, "${p}\\n\"");
	assert_int_equal(read->sources[0].outputs[0].width, 320);
	assert_int_equal(read->sources[0].outputs[1].width, CONFIG_NATIVE);
	assert_int_equal(read->defaults.output.depth, 20);
	assert_int_equal(read->broker.access_count, 1);
	assert_int_equal(read->source_count, 2);
	free(text);
	free(again);
	config_free(config);
	config_free(read);
	assert_int_equal(config_from_text("{}\nsources: [", &read, &errors), -EINVAL);
	assert_errors(&errors, "the configuration in force:3: not YAML: while parsing a flow node, did not find expected node content");
	assert_int_equal(config_from_text("", &read, &errors), 0);
	config_free(read);
}

static void files_that_cannot_be_read(void **state)
{
	(void)state;
	struct config *config = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_load_file("/nonexistent/x.yaml", &config, &errors), -ENOENT);
	assert_errors(&errors, "/nonexistent/x.yaml: No such file or directory");
	assert_int_equal(config_load_file("/", &config, &errors), -EISDIR);
	assert_errors(&errors, "/: Is a directory");
	assert_null(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_texts),
		cmocka_unit_test(json_is_yaml),
		cmocka_unit_test(yaml_faults),
		cmocka_unit_test(limits),
		cmocka_unit_test(many_errors_are_cut),
		cmocka_unit_test(keys),
		cmocka_unit_test(names),
		cmocka_unit_test(stream_names_are_unique),
		cmocka_unit_test(not_in_this_version),
		cmocka_unit_test(sinks),
		cmocka_unit_test(defaults_are_merged),
		cmocka_unit_test(streams_need_a_layout),
		cmocka_unit_test(sources_are_checked),
		cmocka_unit_test(a_whole_is_written_and_read_back),
		cmocka_unit_test(files_that_cannot_be_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
