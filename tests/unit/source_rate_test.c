#include "base/clock.h"
#include "source/rate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct rate make(int numerator, int denominator, enum config_fps_mode mode)
{
	return (struct rate){.rate = {numerator, denominator}, .mode = mode};
}

/* Frame number n of a source with that rate. */
static int64_t at(int n, int numerator, int denominator)
{
	return (int64_t)n * denominator * NS_PER_SECOND / numerator;
}

/* How many of `frames` frames are taken. */
static int taken(struct rate *rate, int frames, int numerator, int denominator)
{
	int count = 0;
	for (int n = 0; n < frames; n++)
		count += rate_next(rate, at(n, numerator, denominator)).take;
	return count;
}

static void native_takes_all(void **state)
{
	(void)state;
	struct rate rate = make(0, 1, CONFIG_FPS_VFR);
	assert_int_equal(taken(&rate, 100, 25, 1), 100);
	assert_int_equal(rate_interval_ns(&rate), 0);
}

static void lower_leaves_out(void **state)
{
	(void)state;
	struct rate five = make(5, 1, CONFIG_FPS_VFR);
	for (int n = 0; n < 100; n++) {
		struct rate_step step = rate_next(&five, at(n, 25, 1));
		assert_int_equal(step.take, n % 5 == 0);
		assert_int_equal(step.repeats, 0);
		assert_int_equal(step.pts_ns, at(n, 25, 1)); /* vfr keeps the time */
	}
	struct rate twenty_five = make(25, 1, CONFIG_FPS_VFR);
	assert_int_equal(taken(&twenty_five, 300, 30, 1), 250);
}

static void the_same_or_a_higher_rate_takes_all(void **state)
{
	(void)state;
	struct rate same = make(30000, 1001, CONFIG_FPS_VFR);
	assert_int_equal(taken(&same, 300, 30000, 1001), 300);
	struct rate higher = make(60, 1, CONFIG_FPS_VFR);
	assert_int_equal(taken(&higher, 300, 25, 1), 300);
}

static void trembling_time_stamps_lose_nothing(void **state)
{
	(void)state;
	struct rate rate = make(25, 1, CONFIG_FPS_VFR);
	int count = 0;
	for (int n = 0; n < 100; n++)
		count += rate_next(&rate, at(n, 25, 1) + (n % 2 ? -3 : 3) * NS_PER_MS).take;
	assert_int_equal(count, 100);
}

static void cfr_repeats_to_an_exact_grid(void **state)
{
	(void)state;
	struct rate rate = make(50, 1, CONFIG_FPS_CFR);
	struct rate_step step = rate_next(&rate, 0);
	assert_true(step.take);
	assert_int_equal(step.repeats, 0);
	step = rate_next(&rate, 40 * NS_PER_MS + 7);
	assert_true(step.take);
	assert_int_equal(step.repeat_tick, 1);
	assert_int_equal(step.repeats, 1);
	assert_int_equal(step.pts_ns, 40 * NS_PER_MS);
	assert_int_equal(rate_tick_ns(&rate, 1), 20 * NS_PER_MS);
}

static void cfr_leaves_out_too(void **state)
{
	(void)state;
	struct rate rate = make(10, 1, CONFIG_FPS_CFR);
	int64_t last = -1;
	for (int n = 0; n < 100; n++) {
		struct rate_step step = rate_next(&rate, at(n, 25, 1));
		assert_int_equal(step.repeats, 0);
		if (!step.take)
			continue;
		assert_int_equal(step.pts_ns % (100 * NS_PER_MS), 0);
		assert_true(step.pts_ns > last);
		last = step.pts_ns;
	}
	assert_int_equal(last, 4000 * NS_PER_MS);
}

static void cfr_does_not_fill_a_loss(void **state)
{
	(void)state;
	struct rate rate = make(25, 1, CONFIG_FPS_CFR);
	rate_next(&rate, 0);
	assert_int_equal(rate_next(&rate, 60 * NS_PER_SECOND).repeats, 0);
	rate_restart(&rate);
	assert_int_equal(rate_next(&rate, 61 * NS_PER_SECOND).repeats, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native_takes_all),
		cmocka_unit_test(lower_leaves_out),
		cmocka_unit_test(the_same_or_a_higher_rate_takes_all),
		cmocka_unit_test(trembling_time_stamps_lose_nothing),
		cmocka_unit_test(cfr_repeats_to_an_exact_grid),
		cmocka_unit_test(cfr_leaves_out_too),
		cmocka_unit_test(cfr_does_not_fill_a_loss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
