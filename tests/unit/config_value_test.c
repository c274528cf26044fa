/* config_value_test.c: every type of value, what it is read as and how a wrong one is refused. */
#include "config_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

static void empty_has_defaults(void **state)
{
	(void)state;
	struct config *config = load_good("");
	assert_string_equal(config->broker.socket, "");
	assert_int_equal(config->broker.socket_mode, 0660);
	assert_int_equal(config->broker.memory, CONFIG_MEMORY_AUTO);
	assert_true(config->broker.memory_limit_bytes == CONFIG_AUTO_SIZE);
	assert_int_equal(config->broker.max_clients, 256);
	assert_true(config->broker.orphan_timeout_ns == 60 * SECOND);
	assert_int_equal(config->broker.log_level, CONFIG_LOG_INFO);
	assert_int_equal(config->broker.access_count, 1);
	assert_string_equal(config->broker.access[0].user, "");
	assert_int_equal(config->broker.access[0].streams.count, 1);
	assert_string_equal(config->broker.access[0].streams.items[0], "*");
	assert_int_equal(config->broker.access[0].allow, CONFIG_ALLOW_READ | CONFIG_ALLOW_WRITE | CONFIG_ALLOW_ADMIN);
	assert_string_equal(config->http.listen, "");
	assert_int_equal(config->source_count, 0);
	config_free(config);
}

static void source_has_defaults(void **state)
{
	(void)state;
	struct config *config = load_good("sources: {gate: {url: a.mp4}}");
	const struct config_source *source = &config->sources[0];
	assert_string_equal(source->name, "gate");
	assert_true(source->enabled);
	assert_string_equal(source->url, "a.mp4");
	assert_string_equal(source->format, "");
	assert_string_equal(source->hwaccel, "");
	assert_int_equal(source->readrate.numerator, 1);
	assert_int_equal(source->readrate.denominator, 1);
	assert_true(source->reconnect_delay_ns == 500 * MS);
	assert_int_equal(source->output_count, 1);
	const struct config_output *output = &source->outputs[0];
	assert_string_equal(output->name, "gate");
	assert_int_equal(output->media, CONFIG_VIDEO);
	assert_int_equal(output->track, CONFIG_AUTO);
	assert_string_equal(output->pixel_format, "");
	assert_int_equal(output->width, CONFIG_NATIVE);
	assert_int_equal(output->frame_rate.numerator, 0);
	assert_int_equal(output->depth, 8);
	assert_int_equal(output->max_held, 8);
	assert_true(output->metadata_bytes == 4096);
	assert_true(output->lossless_timeout_ns == 10 * SECOND);
	config_free(config);
}

static void values_are_read(void **state)
{
	(void)state;
	struct config *config =
		load_good("broker:\n"
			  "  socket_mode: 0600\n"
			  "  memory: sealed\n"
			  "  memory_limit: 1.5GiB\n"
			  "  access:\n"
			  "    - {user: anna, streams: [gate, 'gate/*'], allow: [read]}\n"
			  "    - {group: video, allow: [read, admin]}\n"
			  "sources:\n"
			  "  gate:\n"
			  "    url: rtsp://h/x\n"
			  "    enabled: false\n"
			  "    readrate: 0\n"
			  "    stream_loop: -1\n"
			  "    format_options: {b: 2, a: 'x: y', rtsp_transport: udp}\n"
			  "    linger: 250ms\n"
			  "    outputs:\n"
			  "      gate/small: {width: 640, frame_rate: 30000/1001, fps_mode: cfr, track: 2}\n"
			  "      gate/slow: {frame_rate: 0.5, depth: 1}\n"
			  "      gate/audio: {media: audio, sample_format: flt}\n");
	assert_int_equal(config->broker.socket_mode, 0600);
	assert_int_equal(config->broker.memory, CONFIG_MEMORY_SEALED);
	assert_true(config->broker.memory_limit_bytes == UINT64_C(3) << 29);
	assert_int_equal(config->broker.access_count, 2);
	assert_int_equal(config->broker.access[0].allow, CONFIG_ALLOW_READ);
	assert_string_equal(config->broker.access[0].streams.items[1], "gate/*");
	assert_int_equal(config->broker.access[1].allow, CONFIG_ALLOW_READ | CONFIG_ALLOW_ADMIN);
	assert_string_equal(config->broker.access[1].streams.items[0], "*");
	const struct config_source *source = &config->sources[0];
	assert_false(source->enabled);
	assert_int_equal(source->readrate.numerator, 0);
	assert_int_equal(source->stream_loop, -1);
	assert_int_equal(source->format_options.count, 3);
	assert_string_equal(source->format_options.pairs[0].key, "b");
	assert_string_equal(source->format_options.pairs[1].value, "x: y");
	assert_true(source->linger_ns == 250 * MS);
	assert_int_equal(source->output_count, 3);
	assert_int_equal(source->outputs[0].width, 640);
	assert_int_equal(source->outputs[0].frame_rate.numerator, 30000);
	assert_int_equal(source->outputs[0].frame_rate.denominator, 1001);
	assert_int_equal(source->outputs[0].fps_mode, CONFIG_FPS_CFR);
	assert_int_equal(source->outputs[0].track, 2);
	assert_int_equal(source->outputs[1].frame_rate.numerator, 1);
	assert_int_equal(source->outputs[1].frame_rate.denominator, 2);
	assert_int_equal(source->outputs[1].depth, 1);
	assert_int_equal(source->outputs[2].sample_format, CONFIG_FLT);
	assert_int_equal(source->outputs[2].depth, 256);
	config_free(config);
}

/* KEY: VALUE under broker:, and what is said about it after the path. */
static const struct {
	const char *line, *fault;
} bad_broker[] = {
	{"max_clients: many", "max_clients: 'many' is not a number; allowed: a whole number, 1 to 65536"},
	{"max_clients: 1.5", "max_clients: '1.5' is not a whole number; allowed: a whole number, 1 to 65536"},
	{"max_clients: 0", "max_clients: '0' is out of range; allowed: a whole number, 1 to 65536"},
	{"max_clients: -5", "max_clients: '-5' is out of range; allowed: a whole number, 1 to 65536"},
	{"max_clients: 99999999999999999999",
	 "max_clients: '99999999999999999999' has too many digits; allowed: a whole number, 1 to 65536"},
	{"max_clients: 4294967297", "max_clients: '4294967297' is out of range; allowed: a whole number, 1 to 65536"},
	{"max_clients: 0x10", "max_clients: '0x10' is not a number; allowed: a whole number, 1 to 65536"},
	{"max_clients: ''", "max_clients: '' is not a number; allowed: a whole number, 1 to 65536"},
	{"max_clients:", "max_clients: has no value; leave the key out or write one"},
	{"max_clients: null", "max_clients: has no value; leave the key out or write one"},
	{"max_clients: [1]", "max_clients: is not a single value; allowed: a whole number, 1 to 65536"},
	{"max_clients: {a: 1}", "max_clients: is not a single value; allowed: a whole number, 1 to 65536"},
	{"orphan_timeout: 10", "orphan_timeout: '10' has no unit; allowed: a time in ms, s, min, h or d, 0s to 1d"},
	{"orphan_timeout: 10 s",
	 "orphan_timeout: '10 s' has an unknown unit; allowed: a time in ms, s, min, h or d, 0s to 1d"},
	{"orphan_timeout: 10us",
	 "orphan_timeout: '10us' has an unknown unit; allowed: a time in ms, s, min, h or d, 0s to 1d"},
	{"orphan_timeout: 0.1ms",
	 "orphan_timeout: '0.1ms' is finer than 1ms; allowed: a time in ms, s, min, h or d, 0s to 1d"},
	{"orphan_timeout: 25h",
	 "orphan_timeout: '25h' is out of range; allowed: a time in ms, s, min, h or d, 0s to 1d"},
	{"orphan_timeout: 999999999999999999d",
	 "orphan_timeout: '999999999999999999d' is out of range; allowed: a time in ms, s, min, h or d, 0s to 1d"},
	{"orphan_timeout: 5.s",
	 "orphan_timeout: '5.s' is not a number; allowed: a time in ms, s, min, h or d, 0s to 1d"},
	{"memory_limit: 64MB", "memory_limit: '64MB' has an unknown unit; allowed: auto, or a size in B, KiB, MiB or "
			       "GiB, 1MiB to 16384GiB"},
	{"memory_limit: 1KiB", "memory_limit: '1KiB' is out of range; allowed: auto, or a size in B, KiB, MiB or GiB, "
			       "1MiB to 16384GiB"},
	{"memory: shm", "memory: 'shm' is not known; allowed: auto | posix | memfd | sealed"},
	{"log_level: Info", "log_level: 'Info' is not known; allowed: error | warning | info | debug"},
	{"socket_mode: 0999", "socket_mode: '0999' is not an octal mode; allowed: an octal mode such as \"0660\""},
	{"socket_mode: 07777", "socket_mode: '07777' is not an octal mode; allowed: an octal mode such as \"0660\""},
	{"socket: ''", "socket: '' is empty; allowed: auto, or text on one line, at most 107 bytes"},
	{"socket_group: \"a\\nb\"", "socket_group: 'a?b' holds a line break or another control character; allowed: "
				    "text on one line, at most 4096 bytes"},
	{"access: yes", "access: is not a list; allowed: entries, each after a -"},
	{"access: [yes]", "access[0]: is not a mapping; allowed: keys with values"},
	{"access: [{allow: read}]", "access[0].allow: 'read' is not a list; allowed: a list of read | write | admin"},
	{"access: [{allow: [read, fly]}]",
	 "access[0].allow[1]: 'fly' is not known; allowed: a list of read | write | admin"},
	{"access: [{streams: gate}]", "access[0].streams: 'gate' is not a list; allowed: a list such as [one, two]"},
	{"access: [{streams: [[gate]]}]",
	 "access[0].streams[0]: is not a single value; allowed: a list such as [one, two]"},
};

static void bad_broker_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_broker / sizeof *bad_broker; i++) {
		char text[256], fault[256];
		snprintf(text, sizeof text, "broker:\n  log_format: json\n  %s\n", bad_broker[i].line);
		snprintf(fault, sizeof fault, "t:3: broker.%s", bad_broker[i].fault);
		assert_faults(text, fault);
	}
}

#define RATE "; allowed: native, or a number or a fraction such as 30000/1001, 0.001 to 1000"
static const struct {
	const char *line, *fault;
} bad_output[] = {
	{"frame_rate: 0", "frame_rate: '0' is out of range" RATE},
	{"frame_rate: 25/0", "frame_rate: '25/0' is out of range" RATE},
	{"frame_rate: 25/-1", "frame_rate: '25/-1' is out of range" RATE},
	{"frame_rate: -25", "frame_rate: '-25' is out of range" RATE},
	{"frame_rate: 1/x", "frame_rate: '1/x' is not a number" RATE},
	{"frame_rate: 25fps", "frame_rate: '25fps' is not a number" RATE},
	{"frame_rate: 29.9701", "frame_rate: '29.9701' has more than 3 decimals" RATE},
	{"frame_rate: auto", "frame_rate: 'auto' is not a number" RATE},
	{"width: 16385", "width: '16385' is out of range; allowed: native, or a whole number, 1 to 16384"},
	{"max_held: 29", "max_held: '29' is out of range; allowed: a whole number, 1 to 28"},
	{"max_readers: 101", "max_readers: '101' is out of range; allowed: a whole number, 1 to 100"},
	{"media: picture", "media: 'picture' is not known; allowed: video | audio | packet"},
	{"media: packet, width: 5", "width: only media: video has this key"},
	{"sample_rate: 48000", "sample_rate: only media: audio has this key"},
};

static void bad_output_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_output / sizeof *bad_output; i++) {
		char text[256], fault[256];
		snprintf(text, sizeof text, "sources:\n  gate:\n    url: x\n    outputs:\n      a/b: {%s}\n",
			 bad_output[i].line);
		snprintf(fault, sizeof fault, "t:5: sources.gate.outputs.a/b.%s", bad_output[i].fault);
		assert_faults(text, fault);
	}
}

static void secrets_are_not_shown(void **state)
{
	(void)state;
	assert_faults("sources:\n  a:\n    url: \"rtsp://u:geheim@h/\\n\"\n    password: \"geheim\\n\"\n",
		      "t:3: sources.a.url: holds a line break or another control character; allowed: text on one line, "
		      "at most 4096 bytes",
		      "t:4: sources.a.password: holds a line break or another control character; allowed: text on one "
		      "line, at most 512 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_has_defaults), cmocka_unit_test(source_has_defaults),
		cmocka_unit_test(values_are_read),    cmocka_unit_test(bad_broker_values),
		cmocka_unit_test(bad_output_values),  cmocka_unit_test(secrets_are_not_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
