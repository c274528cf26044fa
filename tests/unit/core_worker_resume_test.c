/* core_worker_resume_test.c: a core goes on with a worker of the one before it. */
#include "core/worker_report.h"
#include "unit/core_worker_support.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static const struct keeper_child alive = {.id = 1, .pid = 100},
				 dead = {.id = 1, .pid = 100, .dead = 1, .status = SIGKILL};

/* As it was unpacked from its record. */
static void unpacked(enum worker_phase phase, enum fb_state as)
{
	worker.phase = phase;
	worker.state = as;
	worker.pid = phase == WORKER_RUNNING || phase == WORKER_STOPPING ? 100 : 0;
}

static void resumed_worker_goes_on(void **state)
{
	(void)state;
	unpacked(WORKER_RUNNING, FB_LIVE);
	worker_resume(&worker, &alive, -1);
	assert_int_equal(asked.spawned + asked.killed + asked.stopped, 0);
	assert_int_equal(worker.pid, 100);
	pass_seconds(9);
	worker_report(&worker, FB_LIVE, "{}");
	assert_string_equal(asked.event, ""); /* it was live before */
	pass_seconds(9.9);
	assert_int_equal(asked.killed, 0);
	pass_seconds(0.2);
	assert_int_equal(asked.killed, 1); /* it is watched as before */
}

static void resumed_worker_proves_itself(void **state)
{
	(void)state;
	unpacked(WORKER_RUNNING, FB_LIVE);
	worker_resume(&worker, &alive, -1);
	pass_seconds(1.1);
	assert_true(worker.proven);
	die(&worker, SIGSEGV);
	assert_int_equal(asked.spawned, 1); /* at once */
}

static void resumed_worker_that_connects_still_has_to_prove_itself(void **state)
{
	(void)state;
	unpacked(WORKER_RUNNING, FB_CONNECTING);
	worker_resume(&worker, &alive, -1);
	pass_seconds(1.1);
	assert_false(worker.proven);
}

static void resumed_worker_without_a_connection_is_killed(void **state)
{
	(void)state;
	asked.unconnected = true;
	unpacked(WORKER_RUNNING, FB_LIVE);
	worker_resume(&worker, &alive, -1);
	assert_int_equal(asked.killed, 1);
	assert_int_equal(asked.spawned, 0);
	worker_died(&worker, SIGKILL);
	assert_int_equal(shown, FB_LOST);
	assert_int_equal(worker.restarts, 1);
	assert_string_equal(worker.error.text, "the worker lost its connection: the broker killed it");
}

/* Its last words may still be in its socket. */
static void resumed_worker_that_died_ends_with_its_connection(void **state)
{
	(void)state;
	unpacked(WORKER_RUNNING, FB_LIVE);
	worker_resume(&worker, &dead, -1);
	assert_int_equal(worker.restarts, 0);
	worker_report(&worker, FB_LOST, "{\"error\": \"bad\", \"mend\": \"so\"}");
	worker_disconnected(&worker);
	assert_int_equal(worker.restarts, 1);
	assert_string_equal(worker.error.text, "the worker died of signal 9 (Killed)");
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, 1);
}

static void resumed_worker_that_nobody_knows_ended_as_it_had_told(void **state)
{
	(void)state;
	asked.unconnected = true;
	unpacked(WORKER_RUNNING, FB_ENDED);
	worker.ended = true;
	worker_resume(&worker, NULL, -1);
	assert_int_equal(worker.phase, WORKER_IDLE);
	assert_int_equal(worker.restarts, 0);
	pass_seconds(100);
	assert_int_equal(asked.spawned, 0);
}

static void resumed_worker_that_nobody_knows_has_crashed(void **state)
{
	(void)state;
	asked.unconnected = true;
	unpacked(WORKER_RUNNING, FB_LIVE);
	worker_resume(&worker, NULL, -1);
	assert_int_equal(worker.restarts, 1);
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, 1);
}

/* Where the last core knew already how it ended. */
static void resumed_worker_keeps_how_it_died(void **state)
{
	(void)state;
	asked.unconnected = true;
	unpacked(WORKER_RUNNING, FB_LIVE);
	worker.dead = true;
	worker.status = SIGSEGV;
	worker_resume(&worker, NULL, -1);
	assert_string_equal(worker.error.text, "the worker died of signal 11 (Segmentation fault)");
}

static void resumed_stop_is_told_again(void **state)
{
	(void)state;
	unpacked(WORKER_STOPPING, FB_LIVE);
	worker.again = true;
	worker_resume(&worker, &alive, -1);
	assert_int_equal(asked.stopped, 1);
	pass_seconds(2.1);
	assert_int_equal(asked.killed, 1); /* it has its time once more, not longer */
	die(&worker, SIGKILL);
	assert_int_equal(asked.spawned, 1);
	assert_int_equal(worker.restarts, 0);
}

static void resumed_wait_is_waited(void **state)
{
	(void)state;
	unpacked(WORKER_WAITING, FB_LOST);
	worker_resume(&worker, NULL, -1);
	pass_seconds(0.7);
	assert_int_equal(asked.spawned, 0);
	pass_seconds(0.6);
	assert_int_equal(asked.spawned, 1);
}

static void resumed_idle_worker_stays_idle(void **state)
{
	(void)state;
	unpacked(WORKER_IDLE, FB_ENDED);
	worker_resume(&worker, NULL, -1);
	worker_resume(&worker, &dead, -1); /* an end that was heard of */
	pass_seconds(100);
	assert_int_equal(asked.spawned + asked.killed + asked.stopped, 0);
	assert_int_equal(worker.restarts, 0);
}

static void resumed_process_that_no_record_tells_of_is_the_only_one(void **state)
{
	(void)state;
	unpacked(WORKER_WAITING, FB_LOST);
	worker_resume(&worker, &alive, -1);
	worker_begin(&worker);
	pass_seconds(5);
	assert_int_equal(asked.spawned, 0);
	assert_int_equal(worker.pid, 100);
	assert_true(worker_runs(&worker));
}

static void resumed_log_is_read_on_or_closed(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	unpacked(WORKER_IDLE, FB_ENDED);
	worker_resume(&worker, NULL, ends[0]);
	assert_int_equal(fcntl(ends[0], F_GETFD), -1);
	close(ends[1]);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	unpacked(WORKER_RUNNING, FB_LIVE);
	worker_resume(&worker, &alive, ends[0]);
	assert_int_equal(worker.log.fd, ends[0]);
	close(ends[1]);
	die(&worker, SIGKILL);
	assert_int_equal(fcntl(ends[0], F_GETFD), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, worker_setup, worker_teardown)
	const struct CMUnitTest tests[] = {
		TEST(resumed_worker_goes_on),
		TEST(resumed_worker_proves_itself),
		TEST(resumed_worker_that_connects_still_has_to_prove_itself),
		TEST(resumed_worker_without_a_connection_is_killed),
		TEST(resumed_worker_that_died_ends_with_its_connection),
		TEST(resumed_worker_that_nobody_knows_ended_as_it_had_told),
		TEST(resumed_worker_that_nobody_knows_has_crashed),
		TEST(resumed_worker_keeps_how_it_died),
		TEST(resumed_stop_is_told_again),
		TEST(resumed_wait_is_waited),
		TEST(resumed_idle_worker_stays_idle),
		TEST(resumed_process_that_no_record_tells_of_is_the_only_one),
		TEST(resumed_log_is_read_on_or_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
