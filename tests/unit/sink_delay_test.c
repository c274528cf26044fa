#include "base/clock.h"
#include "sink/delay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS NS_PER_MS

static void grows_to_what_is_seen_at_once(void **state)
{
	(void)state;
	struct delay delay;
	delay_init(&delay, 80 * MS, 10 * NS_PER_SECOND, NS_PER_SECOND);
	delay_see(&delay, 50 * MS, 1);
	assert_int_equal(delay.value_ns, 80 * MS);
	delay_see(&delay, 420 * MS, 40 * MS);
	assert_int_equal(delay.value_ns, 420 * MS);
	delay_see(&delay, -3 * NS_PER_SECOND, 80 * MS);
	assert_int_equal(delay.value_ns, 420 * MS);
}

static void has_a_limit(void **state)
{
	(void)state;
	struct delay delay;
	delay_init(&delay, 0, 500 * MS, INT64_MAX);
	delay_see(&delay, 7 * NS_PER_SECOND, 1);
	assert_int_equal(delay.value_ns, 500 * MS);
}

/* A producer that hung for 9 s gives all its frames at once: the last of them is in time again. */
static void a_stall_does_not_count(void **state)
{
	(void)state;
	struct delay delay;
	delay_init(&delay, 80 * MS, 10 * NS_PER_SECOND, NS_PER_SECOND);
	int64_t now = 20 * NS_PER_SECOND;
	for (int64_t late = 9 * NS_PER_SECOND; late > NS_PER_SECOND; late -= 40 * MS)
		delay_see(&delay, late, now += MS);
	assert_int_equal(delay.value_ns, 80 * MS);
}

/* One that is three seconds later from now on is waited for. */
static void lateness_that_lasts_counts(void **state)
{
	(void)state;
	struct delay delay;
	delay_init(&delay, 80 * MS, 10 * NS_PER_SECOND, NS_PER_SECOND);
	int64_t now = NS_PER_SECOND;
	for (int i = 0; i < 30; i++)
		delay_see(&delay, 3 * NS_PER_SECOND + (i % 5) * 40 * MS, now += 40 * MS);
	assert_in_range(delay.value_ns, 3 * NS_PER_SECOND, 3 * NS_PER_SECOND + 160 * MS);
}

static void shrinks_slowly_when_it_is_not_needed(void **state)
{
	(void)state;
	struct delay delay;
	delay_init(&delay, 0, 10 * NS_PER_SECOND, INT64_MAX);
	int64_t now = NS_PER_SECOND;
	delay_see(&delay, 2 * NS_PER_SECOND, now);
	for (int i = 0; i < 100; i++) /* 4 s: the window still has it */
		delay_see(&delay, 0, now += 40 * MS);
	assert_int_equal(delay.value_ns, 2 * NS_PER_SECOND);
	for (int i = 0; i < 1500; i++) { /* a minute */
		int64_t before = delay.value_ns;
		delay_see(&delay, 0, now += 40 * MS);
		assert_in_range(before - delay.value_ns, 0, MS); /* 2 % of 40 ms */
	}
	assert_in_range(delay.value_ns, 800 * MS, 1200 * MS);
	for (int i = 0; i < 3000; i++)
		delay_see(&delay, 0, now += 40 * MS);
	assert_in_range(delay.value_ns, 200 * MS, 260 * MS); /* the rest is no reason to change anything */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_to_what_is_seen_at_once),
		cmocka_unit_test(has_a_limit),
		cmocka_unit_test(a_stall_does_not_count),
		cmocka_unit_test(lateness_that_lasts_counts),
		cmocka_unit_test(shrinks_slowly_when_it_is_not_needed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
