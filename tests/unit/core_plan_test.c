/* core_plan_test.c: what should run is the file with the run-time entries over it, whatever names they share. */
#include "core/plan.h"
#include "core/plan_build.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config *config;
static struct runtime runtime;
static struct plan plan;
static struct config_errors notes;

static int clear(void **state)
{
	(void)state;
	config_free(config);
	config = NULL;
	runtime_clear(&runtime);
	plan_clear(&plan);
	config_errors_clear(&notes);
	return 0;
}

static void build(const char *file, const char *run_time)
{
	struct config_errors errors = {0};
	assert_int_equal(config_load_text(file, strlen(file), "file", &config, &errors), 0);
	assert_int_equal(runtime_from_text(run_time, "runtime", &runtime, &errors), 0);
	plan_build(config, &runtime, &plan, &notes);
}

/* All that is planned, as "source(output output) … stream … >sink …". */
static void assert_plan(const char *expected)
{
	char text[1024] = "";
	for (size_t i = 0; i < plan.source_count; i++) {
		const struct config_source *source = plan.sources[i].config;
		sprintf(text + strlen(text), "%s%s(", plan.sources[i].runtime ? "+" : "", source->name);
		for (size_t k = 0; k < source->output_count; k++)
			sprintf(text + strlen(text), "%s%s", k ? " " : "", source->outputs[k].name);
		strcat(text, ") ");
	}
	for (size_t i = 0; i < plan.stream_count; i++)
		sprintf(text + strlen(text), "%s ", plan.streams[i]->output.name);
	for (size_t i = 0; i < plan.sink_count; i++)
		sprintf(text + strlen(text), "%s>%s ", plan.sinks[i].runtime ? "+" : "", plan.sinks[i].config->name);
	assert_string_equal(text, expected);
}

#define GATE "sources: {gate: {url: a, outputs: {gate: {}, gate/small: {width: 64}}}, off: {url: b, enabled: false}}\n"
#define MARKED "streams: {marked: {pixel_format: gray, width: 8, height: 8}}\n"

static void file_alone(void **state)
{
	(void)state;
	build(GATE MARKED, "{}");
	assert_plan("gate(gate gate/small) marked ");
	assert_int_equal(notes.count, 0);
	assert_true(plan_has_stream(&plan, "gate/small"));
	assert_true(plan_has_stream(&plan, "marked"));
	assert_false(plan_has_stream(&plan, "off"));
	assert_string_equal(plan_find_writer(&plan, "gate/small")->config->name, "gate");
	assert_null(plan_find_writer(&plan, "marked"));
}

static void additions_come_over_it(void **state)
{
	(void)state;
	build(GATE, "{\"sources\": {\"yard\": {\"url\": \"c\"}}, \"outputs\": {\"gate/x\": {\"source\": \"gate\"}},"
		    " \"streams\": {\"s\": {\"pixel_format\": \"gray\", \"width\": 8, \"height\": 8}}}");
	assert_plan("+yard(yard) gate(gate gate/small gate/x) s ");
	assert_int_equal(notes.count, 0);
}

static void removed_entries_are_left_out(void **state)
{
	(void)state;
	build(GATE MARKED,
	      "{\"removed\": {\"outputs\": [\"gate\"], \"streams\": [\"marked\"], \"sources\": [\"other\"]}}");
	assert_plan("gate(gate/small) ");
	clear(NULL);
	build(GATE, "{\"removed\": {\"sources\": [\"gate\"]}}");
	assert_plan("");
}

static void removed_output_may_come_again_with_other_keys(void **state)
{
	(void)state;
	build(GATE, "{\"outputs\": {\"gate\": {\"source\": \"gate\", \"width\": 32}}, \"removed\": {\"outputs\": "
		    "[\"gate\"]}}");
	assert_plan("gate(gate/small gate) ");
	assert_int_equal(plan.sources[0].config->outputs[1].width, 32);
}

static void removed_names_do_not_touch_what_was_added(void **state)
{
	(void)state;
	build(GATE, "{\"sources\": {\"gate\": {\"url\": \"new\"}}, \"removed\": {\"sources\": [\"gate\"], \"outputs\": "
		    "[\"gate\"]}}");
	assert_plan("+gate(gate) ");
	assert_string_equal(plan.sources[0].config->url, "new");
}

static void run_time_wins_where_names_meet(void **state)
{
	(void)state;
	build(GATE, "{\"sources\": {\"gate\": {\"url\": \"new\"}}}");
	assert_plan("+gate(gate) ");
	assert_int_equal(notes.count, 1);
	assert_non_null(strstr(notes.lines[0], "source gate"));
	clear(NULL);
	build(GATE MARKED,
	      "{\"streams\": {\"gate/small\": {\"pixel_format\": \"gray\", \"width\": 8, \"height\": 8}}}");
	assert_plan("gate/small marked "); /* half a source would be a surprise */
	assert_int_equal(notes.count, 1);
	clear(NULL);
	build(GATE MARKED, "{\"outputs\": {\"marked\": {\"source\": \"gate\"}}}");
	assert_plan("gate(gate gate/small marked) ");
	assert_int_equal(notes.count, 1);
	assert_non_null(strstr(notes.lines[0], "stream marked"));
}

#define LIVE "sinks: {live: {url: x, video: {stream: gate}}, off: {url: y, enabled: false, audio: {stream: z}}}\n"

static void sinks_come_last(void **state)
{
	(void)state;
	build(GATE LIVE, "{\"sinks\": {\"rec\": {\"url\": \"a.mp4\", \"video\": {\"stream\": \"gate/small\"}}}}");
	assert_plan("gate(gate gate/small) +>rec >live ");
	assert_int_equal(notes.count, 0);
	assert_string_equal(plan_find_sink(&plan, "rec")->config->url, "a.mp4");
	assert_null(plan_find_sink(&plan, "off"));
	clear(NULL);
	build(GATE LIVE, "{\"removed\": {\"sinks\": [\"live\"]}}");
	assert_plan("gate(gate gate/small) ");
	clear(NULL);
	build(GATE LIVE, "{\"sinks\": {\"live\": {\"url\": \"a.mp4\", \"video\": {\"stream\": \"gate\"}}}}");
	assert_plan("gate(gate gate/small) +>live ");
	assert_int_equal(notes.count, 1);
	assert_non_null(strstr(notes.lines[0], "sink live of the file is left out"));
}

static void streams_that_nobody_declares_are_told(void **state)
{
	(void)state;
	build(GATE "sinks: {live: {url: x, video: {stream: gate/smal, fallback: gat}, audio: {stream: sound}}}\n",
	      "{}");
	assert_plan("gate(gate gate/small) >live ");
	assert_int_equal(notes.count, 3);
	assert_string_equal(notes.lines[0],
			    "sink live: video.stream: no output of a source and no entry of streams: is "
			    "named gate/smal (did you mean gate/small?); the sink waits until a program "
			    "creates it");
	assert_string_equal(plan.sinks[0].video.meant, "gate/small");
	assert_string_equal(notes.lines[2],
			    "sink live: audio.stream: no output of a source and no entry of streams: is "
			    "named sound; the sink waits until a program creates it");
	assert_string_equal(plan.sinks[0].audio.meant, "");
}

static void assert_input(const struct plan_input *input, const char *stream, bool packets, int track)
{
	assert_string_equal(input->stream, stream);
	assert_int_equal(input->packets, packets);
	assert_int_equal(input->track, track);
}

#define YARD "sources: {yard: {url: a, outputs: {yard: {}, yard/second: {track: 1}, yard/audio: {media: audio}}}}\n"

static void copying_sinks_get_packets(void **state)
{
	(void)state;
	build(YARD "sinks: {a: {url: x, video: {stream: yard/second, codec: copy}, audio: {stream: yard/audio, codec: "
		   "copy}},"
		   " b: {url: y, video: {stream: yard/packets, codec: copy}, audio: {stream: yard/audio}}}\n",
	      "{}");
	assert_int_equal(notes.count, 0);
	assert_plan("yard(yard yard/second yard/audio yard/packets) >a >b ");
	assert_input(&plan.sinks[0].video, "yard/packets", true, 1);
	assert_input(&plan.sinks[0].audio, "yard/packets", true, CONFIG_AUTO);
	assert_input(&plan.sinks[1].video, "yard/packets", true, CONFIG_AUTO);
	assert_input(&plan.sinks[1].audio, "yard/audio", false, CONFIG_AUTO);
	clear(NULL);
	build("sources: {yard: {url: a, outputs: {yard: {}, raw: {media: packet}}}}\n"
	      "sinks: {a: {url: x, video: {stream: yard, codec: copy}}}\n",
	      "{}");
	assert_plan("yard(yard raw) >a ");
	assert_input(&plan.sinks[0].video, "raw", true, CONFIG_AUTO);
}

static void preroll_or_demand_of_a_sink_makes_a_stream(void **state)
{
	(void)state;
	build(YARD "sinks: {again: {url: y, video: {stream: live/packets, codec: copy}},"
		   " live: {url: x, preroll: 5s, video: {stream: yard}}}\n",
	      "{}");
	assert_int_equal(notes.count, 0);
	assert_string_equal(plan.sinks[1].packets, "live/packets");
	assert_true(plan_has_stream(&plan, "live/packets"));
	assert_input(&plan.sinks[0].video, "live/packets", true, CONFIG_AUTO);
	assert_string_equal(plan.sinks[0].packets, "");
	assert_ptr_equal(plan_find_encoder(&plan, "live/packets"), &plan.sinks[1]);
	clear(NULL);
	build(YARD "sinks: {live: {url: x, on_demand: true, video: {stream: yard}}}\n", "{}");
	assert_string_equal(plan.sinks[0].packets, "live/packets");
}

static void assert_fault(const char *sources, const char *sink, const char *expected)
{
	char text[512];
	snprintf(text, sizeof text, "%ssinks: {s: {url: x, %s}}\n", sources, sink);
	build(text, "{}");
	assert_string_equal(plan.sinks[0].fault, expected);
	assert_int_equal(notes.count, 1);
	assert_non_null(strstr(notes.lines[0], expected));
	clear(NULL);
}

static void sinks_that_cannot_run_are_told(void **state)
{
	(void)state;
	assert_fault(YARD, "video: {stream: yard/audio}", "video.stream: yard/audio is of sound, not of pictures");
	assert_fault(YARD, "audio: {stream: yard, codec: copy}", "audio.stream: yard is of pictures, not of sound");
	assert_fault("sources: {yard: {url: a, outputs: {yard: {media: packet}}}}\n", "video: {stream: yard}",
		     "video.stream: yard is of packets, not of pictures");
	assert_fault(YARD "streams: {marked: {like: yard}}\n", "video: {stream: marked, codec: copy}",
		     "video.codec: copy: stream marked is written by programs, as frames");
	assert_fault(YARD "streams: {marked: {like: yard/audio}}\n", "video: {stream: marked}",
		     "video.stream: marked is of sound, not of pictures");
	assert_fault(YARD "streams: {s/packets: {like: yard}}\n", "preroll: 1s, video: {stream: yard}",
		     "preroll: the sink can have no stream s/packets");
	assert_fault(YARD "streams: {s/packets: {like: yard}}\n", "on_demand: true, video: {stream: yard}",
		     "on_demand: the sink can have no stream s/packets");
	assert_fault(YARD "streams: {yard/packets: {like: yard}}\n", "video: {stream: yard, codec: copy}",
		     "video.codec: copy: source yard can have no output yard/packets");
}

static void what_has_no_place_is_told(void **state)
{
	(void)state;
	build(GATE, "{\"outputs\": {\"x\": {\"source\": \"nobody\"}, \"gate/small\": {\"source\": \"gate\"}}}");
	assert_plan("gate(gate gate/small) ");
	assert_int_equal(notes.count, 2);
	clear(NULL);
	build(GATE, "{\"removed\": {\"outputs\": [\"gate\", \"gate/small\"]}}");
	assert_plan("");
	assert_int_equal(notes.count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, clear)
	const struct CMUnitTest tests[] = {
		TEST(file_alone),
		TEST(additions_come_over_it),
		TEST(removed_entries_are_left_out),
		TEST(removed_output_may_come_again_with_other_keys),
		TEST(removed_names_do_not_touch_what_was_added),
		TEST(run_time_wins_where_names_meet),
		TEST(sinks_come_last),
		TEST(streams_that_nobody_declares_are_told),
		TEST(copying_sinks_get_packets),
		TEST(preroll_or_demand_of_a_sink_makes_a_stream),
		TEST(sinks_that_cannot_run_are_told),
		TEST(what_has_no_place_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
