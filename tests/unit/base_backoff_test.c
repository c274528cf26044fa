/* base_backoff_test.c: delays double up to their limit, with jitter of 20 %, and begin anew after a reset. */
#include "base/backoff.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MIDDLE 200 /* of the 401 steps of jitter: none */

static void doubles_up_to_its_limit(void **state)
{
	(void)state;
	struct backoff backoff = {.first_ns = 500000, .max_ns = 3000000};
	const int64_t expected[] = {500000, 1000000, 2000000, 3000000, 3000000};
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_int_equal(backoff_next(&backoff, MIDDLE), expected[i]);
	backoff_reset(&backoff);
	assert_int_equal(backoff_next(&backoff, MIDDLE), 500000);
}

static void jitter_stays_within_a_fifth(void **state)
{
	(void)state;
	struct backoff backoff = {.first_ns = 1000000, .max_ns = 1000000};
	assert_int_equal(backoff_next(&backoff, 0), 800000);
	assert_int_equal(backoff_next(&backoff, 400), 1200000);
	for (uint32_t i = 0; i < 100000; i += 7) {
		int64_t delay = backoff_next(&backoff, i * 2654435761u);
		assert_in_range(delay, 800000, 1200000);
	}
}

static void great_delays_do_not_overflow(void **state)
{
	(void)state;
	struct backoff backoff = {.first_ns = INT64_MAX / 3, .max_ns = INT64_MAX / 2};
	for (int i = 0; i < 4; i++)
		assert_true(backoff_next(&backoff, 400) > 0);
}

static void first_above_the_limit_is_the_limit(void **state)
{
	(void)state;
	struct backoff backoff = {.first_ns = 5000000, .max_ns = 1000000};
	assert_int_equal(backoff_next(&backoff, MIDDLE), 1000000);
	assert_int_equal(backoff_next(&backoff, MIDDLE), 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_up_to_its_limit),
		cmocka_unit_test(jitter_stays_within_a_fifth),
		cmocka_unit_test(great_delays_do_not_overflow),
		cmocka_unit_test(first_above_the_limit_is_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
