/* core_sink_test.c: when a sink's worker runs, and what its job says. */
#include "core/worker_report.h"
#include "core_sink_support.h"
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

static void run(void)
{
	sink_create_with(BOTH);
	sink_streams_are_there();
	worker_begin(&sink->worker);
	worker_started(&sink->worker, 100);
	worker_report(&sink->worker, FB_LIVE, "{\"statistics\": {\"frames\": 5}}");
}

static void waits_until_all_its_streams_are_there(void **state)
{
	(void)state;
	sink_create_with(BOTH);
	asked.exists[0] = "marked";
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 0);
	json_t *status = sink_kind.status(&sink->worker);
	assert_string_equal(json_string_value(json_object_get(status, "state")), "idle");
	assert_string_equal(sink_error_text(status), "there is no stream gate/audio yet");
	json_decref(status);
	sink_streams_are_there();
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 1);
	assert_int_equal(asked.program, KEEPER_SINK);
	status = sink_kind.status(&sink->worker);
	assert_null(sink_error_text(status));
	json_decref(status);
}

static void one_stream_is_enough_for_a_silent_sink(void **state)
{
	(void)state;
	sink_create_with("{url: a.mp4, video: {stream: marked}}");
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
	struct config_sink *config = sink_config_of(json_string_value(json_object_get(root, "keys")));
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
	struct plan_sink wanted = sink_plan_of(BOTH);
	assert_false(sink_take(sink, &wanted));
	strcpy(wanted.video.stream,
	       "gate/packets"); /* of which a file or another sink made the source have an output */
	assert_true(sink_take(sink, &wanted));
	config_sink_free(wanted.config);
	wanted = sink_plan_of("{url: b.mp4, video: {stream: marked}, reconnect_delay: 3s}");
	assert_true(sink_take(sink, &wanted));
	config_sink_free(wanted.config);
	assert_string_equal(sink->planned.config->url, "b.mp4");
	assert_int_equal(sink->worker.backoff.first_ns, INT64_C(3000000000));
}

static void copying_reads_packets(void **state)
{
	(void)state;
	struct plan_sink planned = sink_plan_of("{url: a.mp4, video: {stream: gate, codec: copy}}");
	planned.video = (struct plan_input){.stream = "gate/packets", .packets = true, .track = 1};
	sink_create_planned(&planned);
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
	struct plan_sink planned = sink_plan_of("{url: a.mp4, preroll: 5s, video: {stream: marked}}");
	strcpy(planned.packets, "gate"); /* of which the fixture tells the state */
	sink_create_planned(&planned);
	sink_streams_are_there();
	assert_int_equal(asked.added, 1);
	worker_begin(&sink->worker);
	assert_int_equal(asked.state, FB_CONNECTING);
	json_t *root = job();
	assert_string_equal(json_string_value(json_object_get(root, "packets")), "gate");
	json_decref(root);
	struct plan_sink without = sink_plan_of("{url: a.mp4, video: {stream: marked}}");
	assert_true(sink_take(sink, &without));
	assert_int_equal(asked.removed, 1);
	config_sink_free(without.config);
}

static void a_stream_that_is_taken_is_a_fault(void **state)
{
	(void)state;
	struct plan_sink planned = sink_plan_of("{url: a.mp4, preroll: 5s, video: {stream: marked}}");
	strcpy(planned.packets, "taken");
	sink_create_planned(&planned);
	sink_streams_are_there();
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 0);
	json_t *status = sink_kind.status(&sink->worker);
	assert_non_null(strstr(sink_error_text(status), "its packets: "));
	json_decref(status);
}

static void a_fault_of_the_plan_is_shown(void **state)
{
	(void)state;
	struct plan_sink planned = sink_plan_of("{url: a.mp4, video: {stream: gate}}");
	strcpy(planned.fault, "video.stream: gate is of sound");
	planned.mend = "name another";
	sink_create_planned(&planned);
	asked.exists[0] = "gate";
	worker_begin(&sink->worker);
	assert_int_equal(asked.spawned, 0);
	json_t *status = sink_kind.status(&sink->worker);
	assert_string_equal(sink_error_text(status), "video.stream: gate is of sound");
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
#define TEST(name) cmocka_unit_test_teardown(name, sink_destroy)
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
		TEST(a_stream_that_is_taken_is_a_fault),
		TEST(a_fault_of_the_plan_is_shown),
		TEST(status_has_no_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
