/* core_sink_test.c: when a sink's worker runs, and what its job says. */
#include "core/sink.h"
#include "core/worker_report.h"
#include "support/core_fixture.h"
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOTH "{url: 'rtsp://u:sesame@h/x', video: {stream: marked}, audio: {stream: gate/audio}}"

static struct sink *sink;

static struct config_sink *config_of(const char *keys)
{
	struct config_sink *config = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_sink_from_text("live", keys, NULL, &config, &errors), 0);
	return config;
}

/* As plan_resolve_sink() does where there is nothing to copy; for plan_free(). */
static struct plan_sink plan_of(const char *keys)
{
	struct plan_sink planned = {.config = config_of(keys)};
	strcpy(planned.video.stream, planned.config->video.stream);
	strcpy(planned.audio.stream, planned.config->audio.stream);
	return planned;
}

static void create_planned(const struct plan_sink *planned)
{
	core_fixture_reset();
	assert_int_equal(sink_create(&host, 1, planned, &sink), 0);
	config_sink_free(planned->config);
}

static void create(const char *keys)
{
	struct plan_sink planned = plan_of(keys);
	create_planned(&planned);
}

static int destroy(void **state)
{
	(void)state;
	sink_kind.destroy(&sink->worker);
	sink = NULL;
	return 0;
}

static void streams_are_there(void)
{
	asked.exists[0] = "marked";
	asked.exists[1] = "gate/audio";
}

static void run(void)
{
	create(BOTH);
	streams_are_there();
	worker_begin(&sink->worker);
	worker_started(&sink->worker, 100);
	worker_report(&sink->worker, FB_LIVE, "{\"statistics\": {\"frames\": 5}}");
}

static const char *error_text_of(json_t *status)
{
	return json_string_value(json_object_get(json_object_get(status, "error"), "text"));
}

static void waits_until_all_its_streams_are_there(void **state)
{
	(void)state;
	create(BOTH);
	asked.exists[0] = "marked";
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 0);
	json_t *status = sink_kind.status(&sink->worker);
	assert_string_equal(json_string_value(json_object_get(status, "state")), "idle");
	assert_string_equal(error_text_of(status), "there is no stream gate/audio yet");
	json_decref(status);
	streams_are_there();
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 1);
	assert_int_equal(asked.program, KEEPER_SINK);
	status = sink_kind.status(&sink->worker);
	assert_null(error_text_of(status));
	json_decref(status);
}

static void one_stream_is_enough_for_a_silent_sink(void **state)
{
	(void)state;
	create("{url: a.mp4, video: {stream: marked}}");
	asked.exists[0] = "marked";
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 1);
	assert_true(sink_reads(sink, "marked"));
	assert_false(sink_reads(sink, "gate/audio"));
}

static void after_the_end_it_waits_for_the_next_pass(void **state)
{
	(void)state;
	run();
	worker_report(&sink->worker, FB_ENDED, "{\"statistics\": {\"frames\": 9}}");
	die(&sink->worker, EXIT(0));
	assert_int_equal(sink->worker.state, FB_ENDED);
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 1);
	asked.written[0] = "marked";
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 1); /* its sound is still to come */
	asked.written[1] = "gate/audio";
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 2);
}

static void the_next_pass_may_have_begun_before_the_end(void **state)
{
	(void)state;
	run();
	asked.written[0] = "marked";
	asked.written[1] = "gate/audio";
	worker_report(&sink->worker, FB_ENDED, "{\"statistics\": {\"frames\": 9}}");
	die(&sink->worker, EXIT(0));
	assert_int_equal(asked.spawned, 2);
}

static void restart_begins_again_after_the_end(void **state)
{
	(void)state;
	run();
	worker_report(&sink->worker, FB_ENDED, "{}");
	worker_restart(&sink->worker); /* it is just about to end */
	die(&sink->worker, EXIT(0));
	assert_int_equal(asked.spawned, 2);
	worker_started(&sink->worker, 100);
	worker_report(&sink->worker, FB_ENDED, "{}");
	die(&sink->worker, EXIT(0));
	pass_seconds(10);
	worker_restart(&sink->worker);
	assert_int_equal(asked.spawned, 3);
}

static void a_crash_is_no_end(void **state)
{
	(void)state;
	run();
	die(&sink->worker, SIGKILL);
	assert_int_equal(sink->worker.state, FB_LOST);
	pass_seconds(1);
	assert_int_equal(asked.spawned, 2);
}

static json_t *job(void)
{
	char *text = sink_kind.job(&sink->worker);
	json_t *root = json_loads(text, 0, NULL);
	free(text);
	return root;
}

static void job_tells_keys_and_clock(void **state)
{
	(void)state;
	run();
	json_t *root = job();
	assert_string_equal(json_string_value(json_object_get(root, "name")), "live");
	assert_true(json_is_false(json_object_get(root, "same_clock")));
	struct config_sink *config = config_of(json_string_value(json_object_get(root, "keys")));
	assert_string_equal(config->url, "rtsp://u:sesame@h/x");
	config_sink_free(config);
	json_decref(root);
	assert_false(sink_is_stale(sink));
	asked.related = true;
	assert_true(sink_is_stale(sink));
	root = job();
	assert_true(json_is_true(json_object_get(root, "same_clock")));
	json_decref(root);
	assert_false(sink_is_stale(sink));
}

static void only_what_differs_is_a_change(void **state)
{
	(void)state;
	run();
	struct plan_sink wanted = plan_of(BOTH);
	assert_false(sink_take(sink, &wanted));
	strcpy(wanted.video.stream,
	       "gate/packets"); /* of which a file or another sink made the source have an output */
	assert_true(sink_take(sink, &wanted));
	config_sink_free(wanted.config);
	wanted = plan_of("{url: b.mp4, video: {stream: marked}, reconnect_delay: 3s}");
	assert_true(sink_take(sink, &wanted));
	config_sink_free(wanted.config);
	assert_string_equal(sink->planned.config->url, "b.mp4");
	assert_int_equal(sink->worker.backoff.first_ns, INT64_C(3000000000));
}

static void copying_reads_packets(void **state)
{
	(void)state;
	struct plan_sink planned = plan_of("{url: a.mp4, video: {stream: gate, codec: copy}}");
	planned.video = (struct plan_input){.stream = "gate/packets", .packets = true, .track = 1};
	create_planned(&planned);
	asked.exists[0] = "gate";
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 0);
	asked.exists[1] = "gate/packets";
	assert_true(sink_reads(sink, "gate/packets"));
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 1);
	json_t *root = job(), *video = json_object_get(root, "video");
	assert_string_equal(json_string_value(json_object_get(video, "stream")), "gate/packets");
	assert_int_equal(json_integer_value(json_object_get(video, "track")), 1);
	assert_null(json_object_get(root, "audio"));
	json_decref(root);
}

static void its_packets_are_a_stream(void **state)
{
	(void)state;
	struct plan_sink planned = plan_of("{url: a.mp4, preroll: 5s, video: {stream: marked}}");
	strcpy(planned.packets, "gate"); /* of which the fixture tells the state */
	create_planned(&planned);
	streams_are_there();
	assert_int_equal(asked.added, 1);
	worker_begin(&sink->worker);
	assert_int_equal(asked.state, FB_CONNECTING);
	json_t *root = job();
	assert_string_equal(json_string_value(json_object_get(root, "packets")), "gate");
	json_decref(root);
	struct plan_sink without = plan_of("{url: a.mp4, video: {stream: marked}}");
	assert_true(sink_take(sink, &without));
	assert_int_equal(asked.removed, 1);
	config_sink_free(without.config);
}

static void create_on_demand(void)
{
	struct plan_sink planned = plan_of("{url: a.mp4, on_demand: true, linger: 5s, video: {stream: marked}}");
	strcpy(planned.packets, "live/packets");
	create_planned(&planned);
	streams_are_there();
	worker_begin(&sink->worker);
}

static void demand(bool wanted)
{
	asked.wanted = wanted;
	sink_kind.demand(&sink->worker);
}

static void on_demand_follows_the_readers_of_its_packets(void **state)
{
	(void)state;
	create_on_demand();
	assert_int_equal(asked.added, 1);
	assert_int_equal(asked.spawned, 0);
	json_t *status = sink_kind.status(&sink->worker);
	assert_true(json_is_true(json_object_get(status, "on_demand")));
	assert_null(error_text_of(status));
	json_decref(status);
	demand(true);
	assert_int_equal(asked.spawned, 1);
	worker_started(&sink->worker, 100);
	demand(false);
	pass_seconds(4.9);
	worker_report(&sink->worker, FB_LIVE, "{\"statistics\": {\"frames\": 5}}");
	assert_int_equal(asked.stopped, 0);
	pass_seconds(0.2);
	assert_int_equal(asked.stopped, 1);
	die(&sink->worker, EXIT(0));
	assert_int_equal(sink->worker.state, FB_IDLE);
	worker_begin(&sink->worker); /* its streams came anew, say */
	assert_int_equal(asked.spawned, 1);
}

static void on_demand_needs_its_streams_too(void **state)
{
	(void)state;
	create_on_demand();
	asked.exists[0] = NULL;
	demand(true);
	assert_int_equal(asked.spawned, 0);
	streams_are_there();
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 1);
}

static void on_demand_after_the_end_begins_with_the_next_reader(void **state)
{
	(void)state;
	create_on_demand();
	demand(true);
	worker_started(&sink->worker, 100);
	worker_report(&sink->worker, FB_ENDED, "{\"statistics\": {\"frames\": 9}}");
	demand(false);
	die(&sink->worker, EXIT(0));
	assert_int_equal(asked.spawned, 1);
	demand(true);
	assert_int_equal(asked.spawned, 2);
}

static void a_crash_on_demand_is_no_demand(void **state)
{
	(void)state;
	create_on_demand();
	demand(true);
	worker_started(&sink->worker, 100);
	worker_report(&sink->worker, FB_LIVE, "{}");
	die(&sink->worker, SIGKILL);
	pass_seconds(1);
	assert_int_equal(asked.spawned, 2); /* somebody reads */
	worker_started(&sink->worker, 101);
	die(&sink->worker, SIGKILL);
	demand(false);
	pass_seconds(60);
	assert_int_equal(asked.spawned, 2);
	assert_int_equal(sink->worker.phase, WORKER_IDLE);
}

static void demand_may_come_and_go_with_the_configuration(void **state)
{
	(void)state;
	create_on_demand();
	struct plan_sink always = plan_of("{url: a.mp4, video: {stream: marked}}");
	assert_true(sink_take(sink, &always));
	config_sink_free(always.config);
	assert_int_equal(asked.removed, 1);
	worker_restart(&sink->worker);
	assert_int_equal(asked.spawned, 1);
	worker_started(&sink->worker, 100);
	struct plan_sink again = plan_of("{url: a.mp4, on_demand: true, video: {stream: marked}}");
	strcpy(again.packets, "live/packets");
	assert_true(sink_take(sink, &again));
	config_sink_free(again.config);
	worker_restart(&sink->worker);
	assert_int_equal(asked.stopped, 1);
	die(&sink->worker, EXIT(0));
	assert_int_equal(asked.spawned, 1);
}

static void a_stream_that_is_taken_is_a_fault(void **state)
{
	(void)state;
	struct plan_sink planned = plan_of("{url: a.mp4, preroll: 5s, video: {stream: marked}}");
	strcpy(planned.packets, "taken");
	create_planned(&planned);
	streams_are_there();
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 0);
	json_t *status = sink_kind.status(&sink->worker);
	assert_non_null(strstr(error_text_of(status), "its packets: "));
	json_decref(status);
}

static void a_fault_of_the_plan_is_shown(void **state)
{
	(void)state;
	struct plan_sink planned = plan_of("{url: a.mp4, video: {stream: gate}}");
	strcpy(planned.fault, "video.stream: gate is of sound");
	planned.mend = "name another";
	create_planned(&planned);
	asked.exists[0] = "gate";
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 0);
	json_t *status = sink_kind.status(&sink->worker);
	assert_string_equal(error_text_of(status), "video.stream: gate is of sound");
	json_decref(status);
}

static void status_has_no_secrets(void **state)
{
	(void)state;
	run();
	json_t *status = sink_kind.status(&sink->worker);
	char *text = json_dumps(status, 0);
	assert_null(strstr(text, "sesame"));
	assert_string_equal(json_string_value(json_object_get(status, "video")), "marked");
	assert_string_equal(json_string_value(json_object_get(status, "audio")), "gate/audio");
	free(text);
	json_decref(status);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, destroy)
	const struct CMUnitTest tests[] = {
		TEST(waits_until_all_its_streams_are_there),
		TEST(one_stream_is_enough_for_a_silent_sink),
		TEST(after_the_end_it_waits_for_the_next_pass),
		TEST(the_next_pass_may_have_begun_before_the_end),
		TEST(restart_begins_again_after_the_end),
		TEST(a_crash_is_no_end),
		TEST(job_tells_keys_and_clock),
		TEST(only_what_differs_is_a_change),
		TEST(copying_reads_packets),
		TEST(its_packets_are_a_stream),
		TEST(on_demand_follows_the_readers_of_its_packets),
		TEST(on_demand_needs_its_streams_too),
		TEST(on_demand_after_the_end_begins_with_the_next_reader),
		TEST(a_crash_on_demand_is_no_demand),
		TEST(demand_may_come_and_go_with_the_configuration),
		TEST(a_stream_that_is_taken_is_a_fault),
		TEST(a_fault_of_the_plan_is_shown),
		TEST(status_has_no_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
