/* base_meter_test.c: rates of counts. */
#include "base/clock.h"
#include "base/meter.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_rate(const struct meter *meter, double expected)
{
	double off = meter_rate(meter) - expected;
	assert_true(off > -1e-9 && off < 1e-9);
}

static void test_fractions(void **state)
{
	(void)state;
	struct meter meter = {0};
	assert_rate(&meter, 0);
	const uint64_t counts[] = {100, 112, 125, 137, 150}; /* 12.5 a second */
	for (int i = 0; i < 5; i++) {
		meter_sample(&meter, i * NS_PER_SECOND, counts[i]);
		if (i == 0)
			assert_rate(&meter, 0);
	}
	assert_rate(&meter, 12.5);
}

static void test_old_samples_go(void **state)
{
	(void)state;
	struct meter meter = {0};
	for (int i = 0; i < 20; i++)
		meter_sample(&meter, i * NS_PER_SECOND, (uint64_t)(i < 10 ? i * 100 : 1000));
	assert_rate(&meter, 0);
	meter_sample(&meter, 21 * NS_PER_SECOND, 1010); /* late, over 5 s then */
	assert_rate(&meter, 2);
}

static void test_a_count_that_begins_anew(void **state)
{
	(void)state;
	struct meter meter = {0};
	for (int i = 0; i < 3; i++)
		meter_sample(&meter, i * NS_PER_SECOND, (uint64_t)i * 25);
	meter_sample(&meter, 3 * NS_PER_SECOND, 5);
	assert_rate(&meter, 0);
	meter_sample(&meter, 4 * NS_PER_SECOND, 15);
	assert_rate(&meter, 10);
	meter_sample(&meter, 4 * NS_PER_SECOND, 15); /* no time between them */
	assert_rate(&meter, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fractions),
		cmocka_unit_test(test_old_samples_go),
		cmocka_unit_test(test_a_count_that_begins_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
