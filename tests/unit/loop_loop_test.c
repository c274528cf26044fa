/* Timers in order, and callbacks that take away what the same round would have called. Time is the test's own: it
 * passes only where the loop waits, so that a busy machine changes no order. */
#include "base/clock.h"
#include "loop/loop.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

static struct loop *loop;
static struct loop_timer *timers[4];
static int pipes[2][2];
static char called[16];

/* ---- in place of base/clock.c ---- */

static int64_t now_ns, pause_ns;

int64_t clock_monotonic_ns(void)
{
	return now_ns;
}

int64_t clock_deadline(int64_t timeout_ns)
{
	return now_ns + timeout_ns;
}

int clock_left_ms(int64_t deadline_ns)
{
	if (deadline_ns == DEADLINE_NEVER)
		return -1;
	if (deadline_ns > now_ns)
		now_ns = deadline_ns;
	now_ns += pause_ns;
	pause_ns = 0;
	return 0;
}

/* ---- the loop ---- */

static int setup(void **state)
{
	(void)state;
	now_ns = 1;
	pause_ns = 0;
	memset(called, 0, sizeof called);
	return loop_create(&loop) || pipe(pipes[0]) || pipe(pipes[1]) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		loop_timer_destroy(timers[i]);
		timers[i] = NULL;
		close(pipes[i / 2][i % 2]);
	}
	loop_destroy(loop);
	return 0;
}

static void note(void *context)
{
	strcat(called, context);
}

static void stop(void *context)
{
	(void)context;
	loop_stop(loop);
}

static void test_timers_run_in_order(void **state)
{
	(void)state;
	loop_timer_create(loop, note, "a", &timers[0]);
	loop_timer_create(loop, note, "b", &timers[1]);
	loop_timer_create(loop, note, "c", &timers[2]);
	loop_timer_create(loop, stop, NULL, &timers[3]);
	loop_timer_set(timers[3], 4 * NS_PER_MS);
	loop_timer_set(timers[2], 2 * NS_PER_MS);
	loop_timer_set(timers[1], 1 * NS_PER_MS);
	loop_timer_set(timers[0], 3 * NS_PER_MS);
	loop_timer_set(timers[1], 2 * NS_PER_MS); /* set again: behind c */
	assert_int_equal(loop_run(loop), 0);
	assert_string_equal(called, "cba");
}

static void stop_other(void *context)
{
	strcat(called, "x");
	loop_timer_stop(context);
}

static void again(void *context)
{
	strcat(called, "r");
	if (strlen(called) < 3)
		loop_timer_set(*(struct loop_timer **)context, 0);
}

static void test_timers_stop_one_another_and_repeat(void **state)
{
	(void)state;
	loop_timer_create(loop, note, "a", &timers[0]);
	loop_timer_create(loop, stop_other, timers[0], &timers[1]);
	loop_timer_create(loop, again, &timers[2], &timers[2]);
	loop_timer_create(loop, stop, NULL, &timers[3]);
	loop_timer_set(timers[1], 0);
	loop_timer_set(timers[0], 0);
	loop_timer_set(timers[2], NS_PER_MS);
	loop_timer_set(timers[3], 10 * NS_PER_MS);
	assert_int_equal(loop_run(loop), 0);
	assert_string_equal(called, "xrr");
}

static void on_readable(void *context, int fd, uint32_t events)
{
	assert_int_equal(events, EPOLLIN);
	strcat(called, context);
	/* Both are readable in this round: the other one is not called any more. */
	int other = fd == pipes[0][0] ? pipes[1][0] : pipes[0][0];
	loop_unwatch(loop, other);
	loop_unwatch(loop, fd);
	loop_stop(loop);
}

static void test_watches_end_at_once(void **state)
{
	(void)state;
	assert_int_equal(loop_watch(loop, pipes[0][0], EPOLLIN, on_readable, "a"), 0);
	assert_int_equal(loop_watch(loop, pipes[1][0], EPOLLIN, on_readable, "a"), 0);
	assert_true(write(pipes[0][1], "x", 1) == 1 && write(pipes[1][1], "x", 1) == 1);
	assert_int_equal(loop_run(loop), 0);
	assert_string_equal(called, "a");
}

static void must_not_come(void *context, int fd, uint32_t events)
{
	(void)context;
	(void)events;
	fail_msg("descriptor %d of the same number was called", fd);
}

static void replace_other(void *context, int fd, uint32_t events)
{
	(void)context;
	(void)events;
	int other = fd == pipes[0][0] ? pipes[1][0] : pipes[0][0];
	loop_unwatch(loop, fd);
	loop_unwatch(loop, other);
	int fresh[2];
	assert_int_equal(pipe(fresh), 0);
	assert_int_equal(dup2(fresh[0], other), other); /* nothing to read there */
	close(fresh[0]);
	assert_int_equal(loop_watch(loop, other, EPOLLIN, must_not_come, NULL), 0);
	loop_timer_create(loop, stop, NULL, &timers[0]);
	loop_timer_set(timers[0], 5 * NS_PER_MS);
	timers[1] = NULL;
	close(pipes[1][1]);
	pipes[1][1] = fresh[1];
}

static void test_a_new_descriptor_of_the_same_number(void **state)
{
	(void)state;
	assert_int_equal(loop_watch(loop, pipes[0][0], EPOLLIN, replace_other, NULL), 0);
	assert_int_equal(loop_watch(loop, pipes[1][0], EPOLLIN, replace_other, NULL), 0);
	assert_true(write(pipes[0][1], "x", 1) == 1 && write(pipes[1][1], "x", 1) == 1);
	assert_int_equal(loop_run(loop), 0);
}

static void heard(void *context, int fd, uint32_t events)
{
	char byte;
	(void)events;
	assert_int_equal(read(fd, &byte, 1), 1);
	strcat(called, "h");
	loop_timer_stop(context);
}

/* Who is given up when nothing is heard of it is heard first, however late we are. */
static void test_descriptors_come_before_timers(void **state)
{
	(void)state;
	loop_timer_create(loop, note, "a", &timers[0]);
	loop_timer_create(loop, stop, NULL, &timers[1]);
	assert_int_equal(loop_watch(loop, pipes[0][0], EPOLLIN, heard, timers[0]), 0);
	loop_timer_set(timers[0], NS_PER_MS);
	loop_timer_set(timers[1], 2 * NS_PER_MS);
	assert_int_equal(write(pipes[0][1], "x", 1), 1);
	now_ns += 10 * NS_PER_MS;
	assert_int_equal(loop_run(loop), 0);
	assert_string_equal(called, "h");
}

static int64_t ended_ns;

static void end(void *context)
{
	ended_ns = now_ns;
	loop_stop(context);
}

/* All of us were stopped: a time limit is as long as it was after it. */
static void test_a_pause_does_not_count(void **state)
{
	(void)state;
	loop_timer_create(loop, note, "a", &timers[0]);
	loop_timer_create(loop, end, loop, &timers[1]);
	loop_timer_set(timers[0], NS_PER_MS);
	loop_timer_set(timers[1], 10 * NS_PER_SECOND);
	pause_ns = 60 * NS_PER_SECOND;
	assert_int_equal(loop_run(loop), 0);
	assert_string_equal(called, "a");
	assert_true(ended_ns >= 70 * NS_PER_SECOND);
}

static void test_unknown_descriptors(void **state)
{
	(void)state;
	assert_true(loop_watch(loop, 9999, EPOLLIN, must_not_come, NULL) < 0);
	assert_true(loop_rewatch(loop, pipes[0][0], EPOLLIN) < 0);
	loop_unwatch(loop, pipes[0][0]);
	loop_unwatch(loop, -1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_timers_run_in_order),    test(test_timers_stop_one_another_and_repeat),
		test(test_watches_end_at_once),    test(test_a_new_descriptor_of_the_same_number),
		test(test_unknown_descriptors),    test(test_descriptors_come_before_timers),
		test(test_a_pause_does_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
