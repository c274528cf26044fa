/* core_sink_demand_test.c: a sink that runs on demand: for the readers of its packets. */
#include "core/worker_report.h"
#include "core_sink_support.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void create_on_demand(void)
{
	struct plan_sink planned = sink_plan_of("{url: a.mp4, on_demand: true, linger: 5s, video: {stream: marked}}");
	strcpy(planned.packets, "live/packets");
	sink_create_planned(&planned);
	sink_streams_are_there();
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
	assert_null(sink_error_text(status));
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
	sink_streams_are_there();
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
	struct plan_sink always = sink_plan_of("{url: a.mp4, video: {stream: marked}}");
	assert_true(sink_take(sink, &always));
	config_sink_free(always.config);
	assert_int_equal(asked.removed, 1);
	worker_restart(&sink->worker);
	assert_int_equal(asked.spawned, 1);
	worker_started(&sink->worker, 100);
	struct plan_sink again = sink_plan_of("{url: a.mp4, on_demand: true, video: {stream: marked}}");
	strcpy(again.packets, "live/packets");
	assert_true(sink_take(sink, &again));
	config_sink_free(again.config);
	worker_restart(&sink->worker);
	assert_int_equal(asked.stopped, 1);
	die(&sink->worker, EXIT(0));
	assert_int_equal(asked.spawned, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, sink_destroy)
	const struct CMUnitTest tests[] = {
		TEST(on_demand_follows_the_readers_of_its_packets),        TEST(on_demand_needs_its_streams_too),
		TEST(on_demand_after_the_end_begins_with_the_next_reader), TEST(a_crash_on_demand_is_no_demand),
		TEST(demand_may_come_and_go_with_the_configuration),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
