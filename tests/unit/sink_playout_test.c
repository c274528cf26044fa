/* The playout in a world where time is a variable: frames arrive when a table says, and what goes out is written down.
 */
#include "base/clock.h"
#include "sink/playout.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS NS_PER_MS
#define MOST 20000

struct arrival {
	int64_t at_ns, pts_ns;
};

struct shown {
	int64_t at_ns, time_ns;
	bool repeat;
};

static struct shown shown[MOST];
static unsigned count, repeats, dropped;

/* Runs until the position until_ns; a frame that arrives while one is waiting arrives when that has gone: the ring
 * holds it. Returns what went out in shown[]. */
static void run(struct playout *playout, const struct arrival *arrivals, unsigned size, int64_t until_ns)
{
	unsigned next = 0;
	bool waiting = false;
	int64_t now = 0;
	count = repeats = dropped = 0;
	while (now < until_ns) {
		if (!waiting && next < size && arrivals[next].at_ns <= now) {
			playout_see(playout, now - arrivals[next].pts_ns, now);
			waiting = true;
		}
		struct playout_step step = playout_next(playout, waiting ? &arrivals[next].pts_ns : NULL, now);
		if (step.action == PLAYOUT_WAIT) {
			int64_t arrival = !waiting && next < size ? arrivals[next].at_ns : INT64_MAX;
			now = arrival < step.time_ns ? arrival : step.time_ns;
			continue;
		}
		if (step.action != PLAYOUT_REPEAT) {
			waiting = false;
			next++;
		}
		if (step.action == PLAYOUT_DROP) {
			dropped++;
			continue;
		}
		assert_true(!count || step.time_ns > shown[count - 1].time_ns);
		assert_true(count < MOST);
		shown[count++] = (struct shown){now, step.time_ns, step.action == PLAYOUT_REPEAT};
		repeats += step.action == PLAYOUT_REPEAT;
		playout_shown(playout, step.time_ns);
	}
}

static struct playout repeating(void)
{
	struct playout playout;
	playout_init(&playout, (AVRational){25, 1}, false, true, 2 * NS_PER_SECOND, 10 * NS_PER_SECOND);
	return playout;
}

static void a_steady_stream_passes_as_it_is(void **state)
{
	(void)state;
	struct arrival arrivals[250];
	for (int i = 0; i < 250; i++)
		arrivals[i] = (struct arrival){i * 40 * MS + (i % 3) * 5 * MS, i * 40 * MS + (i % 4) * MS};
	struct playout playout = repeating();
	run(&playout, arrivals, 250, 10 * NS_PER_SECOND);
	assert_int_equal(count, 250);
	assert_int_equal(repeats + dropped, 0);
	for (int i = 0; i < 250; i++) {
		assert_int_equal(shown[i].time_ns, arrivals[i].pts_ns);
		assert_true(shown[i].at_ns == arrivals[i].at_ns);
	}
}

/* 1000 frames a second are there, of 40 ms each: taken at 25 a second, never more than 2 s ahead. */
static void a_fast_producer_is_held_back(void **state)
{
	(void)state;
	struct arrival arrivals[1000];
	for (int i = 0; i < 1000; i++)
		arrivals[i] = (struct arrival){i * MS, i * 40 * MS};
	struct playout playout = repeating();
	run(&playout, arrivals, 1000, 20 * NS_PER_SECOND);
	assert_int_equal(repeats + dropped, 0);
	assert_in_range(count, 20 * 25 + 50, 20 * 25 + 51);
	for (unsigned i = 0; i < count; i++)
		assert_true(shown[i].time_ns - shown[i].at_ns <= 2 * NS_PER_SECOND);
}

/* 1000 frames a second with the time stamps of 1000 frames a second, and 25 are asked for. */
static void a_lower_rate_leaves_out(void **state)
{
	(void)state;
	struct arrival arrivals[4000];
	for (int i = 0; i < 4000; i++)
		arrivals[i] = (struct arrival){i * MS, i * MS};
	struct playout playout;
	playout_init(&playout, (AVRational){25, 1}, true, true, 0, 10 * NS_PER_SECOND);
	run(&playout, arrivals, 4000, 4 * NS_PER_SECOND);
	assert_in_range(count, 99, 101);
	assert_int_equal(repeats, 0);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(shown[i].time_ns, i * 40 * MS);
}

/* Pictures that are half an interval off what came first, and whose times tremble by a nanosecond. */
static void the_grid_begins_with_the_first_picture(void **state)
{
	(void)state;
	struct arrival arrivals[100];
	for (int i = 0; i < 100; i++)
		arrivals[i] = (struct arrival){i * 40 * MS + 20 * MS, i * 40 * MS + 20 * MS + i % 3 - 1};
	struct playout playout;
	playout_init(&playout, (AVRational){25, 1}, true, true, 0, 10 * NS_PER_SECOND);
	run(&playout, arrivals, 100, 4 * NS_PER_SECOND);
	assert_int_equal(count, 100);
	assert_int_equal(repeats + dropped, 0);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(shown[i].time_ns, shown[0].time_ns + i * 40 * MS);
}

static void a_higher_rate_repeats_exactly(void **state)
{
	(void)state;
	struct arrival arrivals[50];
	for (int i = 0; i < 50; i++)
		arrivals[i] = (struct arrival){i * 100 * MS, i * 100 * MS};
	struct playout playout;
	playout_init(&playout, (AVRational){30, 1}, true, true, 0, 10 * NS_PER_SECOND);
	run(&playout, arrivals, 50, 5 * NS_PER_SECOND);
	assert_in_range(count, 145, 150);
	for (unsigned i = 0; i < count; i++)
		assert_in_range(shown[i].time_ns - i * NS_PER_SECOND / 30, 0, 1);
}

static void a_stall_is_bridged_and_its_burst_is_not_shown(void **state)
{
	(void)state;
	struct arrival arrivals[250];
	for (int i = 0; i < 250; i++) {
		int64_t pts = i * 40 * MS;
		bool stalled = pts >= 3 * NS_PER_SECOND && pts < 6 * NS_PER_SECOND;
		arrivals[i] = (struct arrival){stalled ? 6 * NS_PER_SECOND : pts, pts};
	}
	struct playout playout = repeating();
	run(&playout, arrivals, 250, 10 * NS_PER_SECOND);
	assert_in_range(repeats, 70, 75);
	assert_in_range(dropped, 70, 75);
	for (unsigned i = 1; i < count; i++) {
		assert_int_equal(shown[i].time_ns - shown[i - 1].time_ns, 40 * MS);
		assert_true(shown[i].at_ns - shown[i - 1].at_ns <= 120 * MS);
	}
	assert_in_range(playout.delay.value_ns, 80 * MS, NS_PER_SECOND);
	for (unsigned i = 175; i < count; i++) /* it does not come late for ever after */
		assert_true(!shown[i].repeat);
}

static void skip_leaves_the_gap(void **state)
{
	(void)state;
	const struct arrival arrivals[] = {
		{0, 0}, {40 * MS, 40 * MS}, {2000 * MS, 80 * MS}, {2001 * MS, 2000 * MS}, {2040 * MS, 2040 * MS}};
	struct playout playout;
	playout_init(&playout, (AVRational){25, 1}, false, false, 0, 10 * NS_PER_SECOND);
	run(&playout, arrivals, 5, 3 * NS_PER_SECOND);
	assert_int_equal(count, 5);
	assert_int_equal(repeats + dropped, 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(shown[i].time_ns, arrivals[i].pts_ns);
}

/* 300 ms of work with 200 ms of jitter either way, in order, as a worker pool gives them. */
static void steady_jitter_causes_no_repeats_for_long(void **state)
{
	(void)state;
	static struct arrival arrivals[1500];
	int64_t last = 0;
	srand(7);
	for (int i = 0; i < 1500; i++) {
		int64_t done = i * 40 * MS + (100 + rand() % 401) * MS;
		last = done > last ? done : last;
		arrivals[i] = (struct arrival){last, i * 40 * MS};
	}
	struct playout playout = repeating();
	run(&playout, arrivals, 1500, 10 * NS_PER_SECOND);
	unsigned early = repeats;
	assert_true(early <= 10);
	playout = repeating();
	run(&playout, arrivals, 1500, 60 * NS_PER_SECOND);
	assert_true(repeats - early <= 2);
	assert_true(playout.delay.value_ns <= 500 * MS);
}

/* A hole in the time stamps of a file that is there in full: filled in time, not after it. */
static void a_known_hole_is_filled_ahead(void **state)
{
	(void)state;
	const struct arrival arrivals[] = {{0, 0}, {0, 40 * MS}, {0, 1040 * MS}, {0, 1080 * MS}};
	struct playout playout = repeating();
	run(&playout, arrivals, 4, 500 * MS);
	assert_int_equal(count, 28);
	assert_int_equal(repeats, 24);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(shown[i].time_ns, i * 40 * MS);
}

/* An encoder that is too slow finds frames missing in the ring: repeats would make it slower still. */
static void what_is_overdue_is_not_filled(void **state)
{
	(void)state;
	struct playout playout = repeating();
	int64_t frame = 400 * MS;
	playout_shown(&playout, 0);
	struct playout_step step = playout_next(&playout, &frame, 700 * MS);
	assert_int_equal(step.action, PLAYOUT_TAKE);
	assert_int_equal(step.time_ns, frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_stream_passes_as_it_is),
		cmocka_unit_test(a_fast_producer_is_held_back),
		cmocka_unit_test(a_lower_rate_leaves_out),
		cmocka_unit_test(the_grid_begins_with_the_first_picture),
		cmocka_unit_test(a_higher_rate_repeats_exactly),
		cmocka_unit_test(a_stall_is_bridged_and_its_burst_is_not_shown),
		cmocka_unit_test(skip_leaves_the_gap),
		cmocka_unit_test(steady_jitter_causes_no_repeats_for_long),
		cmocka_unit_test(a_known_hole_is_filled_ahead),
		cmocka_unit_test(what_is_overdue_is_not_filled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
