/* core_takeover_test.c: what a core makes of the workers of the one before it: who goes on, who is started again,
 * stopped or killed. */
#include "base/fd.h"
#include "unit/core_takeover_support.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CAM_CHANGED "sources: {cam: {url: \"color=size=32x32\", format: lavfi}}\n"
#define OUT "sinks: {out: {url: \"/dev/null\", format: mpegts, video: {stream: cam}}}\n"
#define NEVER "sources: {cam: {url: nowhere, reconnect_delay: 30s, reconnect_delay_max: 30s}}\n"
#define ON_DEMAND "sources: {cam: {url: \"color\", format: lavfi, on_demand: true}}\n"

static void workers_go_on(void **state)
{
	(void)state;
	begin_live(CAM);
	for (int i = 0; i < 3; i++) {
		played_core_kill(&keeper);
		assert_int_equal(played_core_start(&keeper), 0);
		assert_int_equal(played_worker_told(&keeper, 1), WIRE_RESUMED);
		json_t *status = played_status(&keeper, "sources", "cam");
		json_t *frames = json_object_get(json_object_get(status, "statistics"), "frames");
		assert_int_equal(json_integer_value(frames), 7);
		json_decref(status);
		assert_status("sources", "cam", "live", PLAYED_PID(1), 0);
	}
	settle();
	assert_int_equal(keeper.workers[1].spawned, 1);
	assert_int_equal(keeper.workers[1].killed, 0);
	assert_int_equal(keeper.last_spawned, 1);
	assert_int_equal(keeper.forgotten, 0);
}

static void what_died_meanwhile_is_missed(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	played_worker_dies(&keeper, 1, SIGSEGV, true);
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_buried, 1);
	played_until(&keeper, was_spawned_again, 1);
	assert_status("sources", "cam", "connecting", PLAYED_PID(1), 1);
}

/* The core knew already, and died before it said so. */
static void what_was_known_to_be_dead_is_buried_once(void **state)
{
	(void)state;
	begin_live(NEVER);
	played_worker_dies(&keeper, 1, SIGSEGV, false);
	played_until(&keeper, is_waiting, 1);
	played_until(&keeper, was_buried, 1);
	played_core_kill(&keeper);
	assert_int_equal(played_core_start(&keeper), 0);
	assert_status("sources", "cam", "lost", 0, 1); /* it waits on, for its 30 s */
	settle();
	assert_int_equal(keeper.workers[1].spawned, 1);
	assert_int_equal(keeper.workers[1].buried, 1);
}

/* Neither the keeper has it, nor does the record say how it ended. */
static void a_process_that_nobody_knows_has_ended(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	fd_close(&keeper.workers[1].socket);
	keeper.child_count = 0;
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_spawned_again, 1);
	assert_status("sources", "cam", "connecting", PLAYED_PID(1), 1);
}

static void a_process_without_a_connection_is_killed(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	fd_close(&keeper.workers[1].socket);
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_killed, 1);
	played_worker_dies(&keeper, 1, SIGKILL, false);
	played_until(&keeper, was_spawned_again, 1);
}

/* It had not said a word yet. */
static void a_process_that_was_about_to_begin_is_killed(void **state)
{
	(void)state;
	played_config(&keeper, CAM);
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_spawned, 1);
	played_core_kill(&keeper);
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_killed, 1);
	assert_int_equal(keeper.workers[1].spawned, 1);
	played_worker_dies(&keeper, 1, SIGKILL, false);
	played_until(&keeper, was_spawned_again, 1);
}

/* The last core could not leave word of it: no second one is started beside it. */
static void a_process_that_the_record_does_not_know_goes_on(void **state)
{
	(void)state;
	begin_live(CAM);
	for (int phase = 0; phase < 4; phase += 3) { /* idle, waiting */
		played_core_kill(&keeper);
		struct played_record *record = record_of(&keeper, KEPT_WORKER, 1);
		char *at = memmem(record->blob, record->size, "\"phase\":1", 9);
		assert_non_null(at);
		at[8] = (char)('0' + phase);
		assert_int_equal(played_core_start(&keeper), 0);
		assert_status("sources", "cam", "live", PLAYED_PID(1), 0);
	}
	settle();
	assert_int_equal(keeper.workers[1].spawned, 1);
	assert_int_equal(keeper.workers[1].killed, 0);
}

static void strangers_are_killed(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	keeper.children[keeper.child_count++] = (struct keeper_child){.id = 9, .pid = PLAYED_PID(9)};
	assert_int_equal(played_core_start(&keeper), 0);
	settle();
	assert_int_equal(keeper.workers[9].killed, 1);
	assert_int_equal(keeper.workers[1].killed, 0);
}

static void what_the_file_does_not_have_any_more_is_stopped(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	played_config(&keeper, "");
	assert_int_equal(played_core_start(&keeper), 0);
	assert_int_equal(played_worker_told(&keeper, 1), WIRE_RESUMED);
	assert_int_equal(played_worker_told(&keeper, 1), WIRE_STOP);
	played_worker_dies(&keeper, 1, 0, false);
	played_until(&keeper, is_dropped, 1);
	assert_null(played_status(&keeper, "sources", "cam"));
	assert_int_equal(keeper.workers[1].spawned, 1);
}

static void other_keys_start_it_anew(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	played_config(&keeper, CAM_CHANGED);
	assert_int_equal(played_core_start(&keeper), 0);
	assert_int_equal(played_worker_told(&keeper, 1), WIRE_RESUMED);
	assert_int_equal(played_worker_told(&keeper, 1), WIRE_STOP);
	played_worker_dies(&keeper, 1, 0, false);
	played_until(&keeper, was_spawned_again, 1);
	assert_status("sources", "cam", "connecting", PLAYED_PID(1), 0);
}

/* It was told, and is told again: nobody knows whether it has heard it. */
static void what_was_stopping_is_stopped(void **state)
{
	(void)state;
	begin_live(CAM);
	json_decref(played_status(&keeper, "sources", "cam"));
	assert_int_equal(fb_restart(keeper.client, "source", "cam"), 0);
	played_until(&keeper, is_stopping, 1);
	assert_int_equal(played_worker_told(&keeper, 1), WIRE_STOP);
	played_core_kill(&keeper);
	assert_int_equal(played_core_start(&keeper), 0);
	assert_int_equal(played_worker_told(&keeper, 1), WIRE_RESUMED);
	assert_int_equal(played_worker_told(&keeper, 1), WIRE_STOP);
	played_worker_dies(&keeper, 1, 0, false);
	played_until(&keeper, was_spawned_again, 1); /* as it was asked for */
	assert_status("sources", "cam", "connecting", PLAYED_PID(1), 0);
}

static void a_sink_goes_on_and_one_that_left_is_gone(void **state)
{
	(void)state;
	begin_live(CAM OUT);
	played_until(&keeper, was_spawned, 2);
	played_worker_reports(&keeper, 2, FB_LIVE, "{\"statistics\": {\"frames\": 7}}");
	played_until(&keeper, is_live, 2);
	json_decref(played_status(&keeper, "sinks", "out"));
	assert_int_equal(fb_remove(keeper.client, "sink", "out"), 0);
	played_until(&keeper, is_stopping, 2);
	played_core_kill(&keeper);
	played_config(&keeper, CAM);
	assert_int_equal(played_core_start(&keeper), 0);
	played_worker_dies(&keeper, 2, 0, false);
	played_until(&keeper, is_dropped, 2);
	assert_null(played_status(&keeper, "sinks", "out"));
	assert_status("sources", "cam", "live", PLAYED_PID(1), 0);
}

static void a_sink_of_the_file_goes_on(void **state)
{
	(void)state;
	begin_live(CAM OUT);
	played_until(&keeper, was_spawned, 2);
	played_worker_reports(&keeper, 2, FB_LIVE, "{\"statistics\": {\"frames\": 7}}");
	played_until(&keeper, is_live, 2);
	played_core_kill(&keeper);
	assert_int_equal(played_core_start(&keeper), 0);
	assert_status("sinks", "out", "live", PLAYED_PID(2), 0);
	settle();
	assert_int_equal(keeper.workers[2].spawned, 1);
	assert_int_equal(keeper.workers[2].killed, 0);
}

static void run_time_entries_go_on(void **state)
{
	(void)state;
	begin_live(CAM);
	json_decref(played_status(&keeper, "sources", "cam"));
	assert_int_equal(fb_add(keeper.client, "source", "more", "{url: color, format: lavfi}"), 0);
	played_until(&keeper, was_spawned, 2);
	played_worker_reports(&keeper, 2, FB_LIVE, "{\"statistics\": {\"frames\": 7}}");
	played_until(&keeper, is_live, 2);
	played_core_kill(&keeper);
	assert_int_equal(played_core_start(&keeper), 0);
	assert_status("sources", "more", "live", PLAYED_PID(2), 0);
	assert_status("sources", "cam", "live", PLAYED_PID(1), 0);
	settle();
	assert_int_equal(keeper.workers[2].spawned, 1);
}

static void nobody_wants_what_is_on_demand(void **state)
{
	(void)state;
	played_config(&keeper, ON_DEMAND);
	assert_int_equal(played_core_start(&keeper), 0);
	assert_status("sources", "cam", "idle", 0, 0);
	played_core_kill(&keeper);
	assert_int_equal(played_core_start(&keeper), 0);
	assert_status("sources", "cam", "idle", 0, 0);
	settle();
	assert_int_equal(keeper.workers[1].spawned, 0);
}

/* The core before had not come to it. */
static void what_is_due_is_started(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	played_config(&keeper, "sources: {cam: {url: \"color=size=64x48\", format: lavfi, reconnect_delay: 100ms}, "
			       "more: {url: color, format: lavfi}}\n");
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_spawned, 2);
	assert_int_equal(keeper.workers[1].spawned, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, takeover_setup, takeover_teardown)
	const struct CMUnitTest tests[] = {
		TEST(workers_go_on),
		TEST(what_died_meanwhile_is_missed),
		TEST(what_was_known_to_be_dead_is_buried_once),
		TEST(a_process_that_nobody_knows_has_ended),
		TEST(a_process_without_a_connection_is_killed),
		TEST(a_process_that_was_about_to_begin_is_killed),
		TEST(a_process_that_the_record_does_not_know_goes_on),
		TEST(strangers_are_killed),
		TEST(what_the_file_does_not_have_any_more_is_stopped),
		TEST(other_keys_start_it_anew),
		TEST(what_was_stopping_is_stopped),
		TEST(a_sink_goes_on_and_one_that_left_is_gone),
		TEST(a_sink_of_the_file_goes_on),
		TEST(run_time_entries_go_on),
		TEST(nobody_wants_what_is_on_demand),
		TEST(what_is_due_is_started),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
