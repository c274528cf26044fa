/* core_worker_test.c: the life of a worker process, whatever it works on, with time in the test's own hands. */
#include "base/clock.h"
#include "core/worker_report.h"
#include "unit/core_worker_support.h"
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void run(void)
{
	worker_begin(&worker);
	worker_started(&worker, 100);
	worker_report(&worker, FB_LIVE, "{\"statistics\": {\"frames\": 5}}");
}

static void starts_and_tells_its_state(void **state)
{
	(void)state;
	worker_begin(&worker);
	assert_int_equal(asked.spawned, 1);
	assert_int_equal(asked.program, KEEPER_SINK);
	assert_int_equal(shown, FB_CONNECTING);
	worker_started(&worker, 100);
	int64_t before = worker.since_utc_ns;
	worker_report(&worker, FB_LIVE, "{}");
	assert_int_equal(shown, FB_LIVE);
	assert_string_equal(asked.event, "live");
	assert_true(worker.since_utc_ns >= before && before > 0);
	assert_true(worker_runs(&worker));
}

static void starts_only_when_due(void **state)
{
	(void)state;
	is_due = false;
	worker_begin(&worker);
	assert_int_equal(asked.spawned, 0);
	worker_restart(&worker);
	assert_int_equal(asked.spawned, 0);
	is_due = true;
	worker_begin(&worker);
	assert_int_equal(asked.spawned, 1);
}

static void failures_wait_ever_longer(void **state)
{
	(void)state;
	run();
	const double shortest[] = {0.8, 1.6, 3.2, 3.2};
	for (int i = 0; i < 4; i++) {
		die(&worker, SIGSEGV);
		assert_int_equal(shown, FB_LOST);
		assert_string_equal(worker.error.text, "the worker died of signal 11 (Segmentation fault)");
		pass_seconds(shortest[i] - 0.01);
		assert_int_equal(asked.spawned, i + 1);
		pass_seconds(shortest[i] / 2 + 0.02); /* jitter of 20 % either way */
		assert_int_equal(asked.spawned, i + 2);
		worker_started(&worker, 100);
	}
	assert_int_equal(worker.restarts, 4);
}

static void what_worked_is_started_again_at_once(void **state)
{
	(void)state;
	run();
	pass_seconds(0.9);
	die(&worker, SIGSEGV);
	assert_int_equal(asked.spawned, 1);
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, 2);
	worker_started(&worker, 100);
	worker_report(&worker, FB_LIVE, "{}");
	pass_seconds(1.1);
	die(&worker, SIGSEGV);
	assert_int_equal(asked.spawned, 3);
	worker_started(&worker, 100);
	die(&worker, SIGSEGV); /* a first failure again */
	pass_seconds(0.7);
	assert_int_equal(asked.spawned, 3);
	pass_seconds(0.6);
	assert_int_equal(asked.spawned, 4);
}

static void what_lost_its_source_waits(void **state)
{
	(void)state;
	worker.backoff.first_ns = 2 * NS_PER_SECOND;
	run();
	pass_seconds(1.5);
	worker_report(&worker, FB_LOST, "{}");
	pass_seconds(1.5);
	die(&worker, EXIT(1));
	assert_int_equal(asked.spawned, 1);
}

static void silence_is_killed(void **state)
{
	(void)state;
	worker_begin(&worker);
	worker_started(&worker, 100);
	pass_seconds(59);
	assert_int_equal(asked.killed, 0);
	pass_seconds(1.1);
	assert_int_equal(asked.killed, 1); /* it never said a word */
	die(&worker, SIGKILL);
	assert_string_equal(worker.error.text,
			    "the worker was stuck (it reported nothing for 10 s or longer): the broker killed it");
	pass_seconds(1.3);
	worker_started(&worker, 100);
	for (int i = 0; i < 5; i++) {
		pass_seconds(9);
		worker_report(&worker, FB_LIVE, "{}");
	}
	assert_int_equal(asked.killed, 1);
	pass_seconds(10.1);
	assert_int_equal(asked.killed, 2);
	die(&worker, SIGKILL);
	pass_seconds(3);
	assert_int_equal(asked.spawned, 3);
}

static void a_lost_connection_is_killed(void **state)
{
	(void)state;
	worker_begin(&worker);
	worker_started(&worker, 100);
	worker_disconnected(&worker);
	pass_seconds(2.1);
	assert_int_equal(asked.killed, 1);
	worker_died(&worker, SIGKILL);
	assert_string_equal(worker.error.text, "the worker lost its connection: the broker killed it");
	pass_seconds(1.3);
	worker_started(&worker, 101);
	die(&worker, SIGKILL); /* by somebody else */
	assert_string_equal(worker.error.text, "the worker died of signal 9 (Killed)");
}

static void last_words_count_after_the_death(void **state)
{
	(void)state;
	run();
	worker_died(&worker, EXIT(0)); /* the keeper may be faster than the process's own messages */
	worker_report(&worker, FB_ENDED, "{}");
	worker_disconnected(&worker);
	assert_int_equal(shown, FB_ENDED);
	pass_seconds(1000);
	assert_int_equal(asked.spawned, 1);
	assert_int_equal(worker.restarts, 0);
}

static void what_follows_the_end_is_the_kinds_choice(void **state)
{
	(void)state;
	next = WORKER_IF_DUE;
	run();
	worker_report(&worker, FB_ENDED, "{}");
	die(&worker, EXIT(0));
	assert_int_equal(asked.spawned, 2);
	worker_started(&worker, 101);
	worker_report(&worker, FB_ENDED, "{}");
	next = WORKER_LATER;
	die(&worker, EXIT(0));
	assert_int_equal(asked.spawned, 2);
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, 3);
	worker_started(&worker, 102);
	worker_report(&worker, FB_ENDED, "{}");
	is_due = false;
	die(&worker, EXIT(0));
	pass_seconds(10);
	assert_int_equal(asked.spawned, 3);
	assert_int_equal(shown, FB_ENDED);
}

static void crash_after_the_end_is_a_crash(void **state)
{
	(void)state;
	run();
	worker_report(&worker, FB_ENDED, "{}");
	die(&worker, SIGABRT);
	assert_int_equal(shown, FB_LOST);
	pass_seconds(2);
	assert_int_equal(asked.spawned, 2);
}

static void slow_stop_is_killed(void **state)
{
	(void)state;
	run();
	worker_restart(&worker);
	assert_int_equal(asked.stopped, 1);
	pass_seconds(1.9);
	assert_int_equal(asked.killed, 0);
	pass_seconds(0.2);
	assert_int_equal(asked.killed, 1);
	die(&worker, SIGKILL);
	assert_int_equal(asked.spawned, 2);
	assert_int_equal(worker.restarts, 0);
}

static void stop_before_the_pid_is_known_is_not_lost(void **state)
{
	(void)state;
	worker_begin(&worker);
	worker_stop(&worker);
	assert_int_equal(asked.stopped, 0);
	worker_started(&worker, 100);
	assert_int_equal(asked.stopped, 1);
	die(&worker, EXIT(0));
	assert_int_equal(asked.idle, 1);
	assert_int_equal(shown, FB_IDLE);
}

static void failed_start_is_tried_again(void **state)
{
	(void)state;
	asked.spawn_error = -EAGAIN;
	worker_begin(&worker);
	assert_int_equal(shown, FB_LOST);
	asked.spawn_error = 0;
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, 2);
	worker_failed(&worker, "framebroker-thing: no such file");
	assert_string_equal(worker.error.text, "framebroker-thing: no such file");
	pass_seconds(2.6);
	assert_int_equal(asked.spawned, 3);
}

static void nothing_starts_while_everything_stops(void **state)
{
	(void)state;
	run();
	host.stopping = true;
	die(&worker, SIGTERM); /* a service manager may end it first */
	pass_seconds(100);
	assert_int_equal(asked.spawned, 1);
}

static void errors_come_and_go_with_reports(void **state)
{
	(void)state;
	run();
	worker_report(&worker, FB_LOST, "{\"error\": \"bad\", \"mend\": \"so\"}");
	assert_string_equal(worker.error.text, "bad");
	assert_string_equal(worker.error.mend, "so");
	int64_t since = worker.error.utc_ns;
	assert_true(since > 0);
	worker_report(&worker, FB_LOST, "{\"error\": \"bad\", \"mend\": \"so\"}");
	assert_int_equal(worker.error.utc_ns, since);
	worker_report(&worker, FB_LIVE, "{\"error\": null}");
	assert_null(worker.error.text);
}

static void odd_reports_do_no_harm(void **state)
{
	(void)state;
	run();
	const char *const odd[] = {"", "[]", "5", "{", "{\"error\": 5, \"statistics\": 7}"};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		worker_report(&worker, FB_LIVE, odd[i]);
	worker_report(&worker, (enum fb_state)99, "{}");
	assert_int_equal(shown, FB_LIVE);
	json_t *status = worker_status(&worker, "x");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(status, "statistics"), "frames")), 5);
	json_decref(status);
}

static void password_is_not_in_the_status(void **state)
{
	(void)state;
	run();
	json_t *status = worker_status(&worker, "rtsp://u:sesame@h/x");
	char *text = json_dumps(status, 0);
	assert_non_null(strstr(text, "@h/x"));
	assert_null(strstr(text, "sesame"));
	free(text);
	json_decref(status);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, worker_setup, worker_teardown)
	const struct CMUnitTest tests[] = {
		TEST(starts_and_tells_its_state),
		TEST(starts_only_when_due),
		TEST(failures_wait_ever_longer),
		TEST(what_worked_is_started_again_at_once),
		TEST(what_lost_its_source_waits),
		TEST(silence_is_killed),
		TEST(a_lost_connection_is_killed),
		TEST(last_words_count_after_the_death),
		TEST(what_follows_the_end_is_the_kinds_choice),
		TEST(crash_after_the_end_is_a_crash),
		TEST(slow_stop_is_killed),
		TEST(stop_before_the_pid_is_known_is_not_lost),
		TEST(failed_start_is_tried_again),
		TEST(nothing_starts_while_everything_stops),
		TEST(errors_come_and_go_with_reports),
		TEST(odd_reports_do_no_harm),
		TEST(password_is_not_in_the_status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
