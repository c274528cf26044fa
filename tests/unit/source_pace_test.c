#include "base/clock.h"
#include "source/pace.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const int64_t now = 1000 * NS_PER_SECOND;

static void real_time(void **state)
{
	(void)state;
	struct pace pace = {.readrate = {1, 1}};
	assert_int_equal(pace_due_ns(&pace, 7 * NS_PER_SECOND, now), now); /* the first one begins the clock */
	assert_int_equal(pace_due_ns(&pace, 9 * NS_PER_SECOND, now + 5), now + 2 * NS_PER_SECOND);
}

static void twice_as_fast(void **state)
{
	(void)state;
	struct pace pace = {.readrate = {2, 1}};
	pace_due_ns(&pace, 0, now);
	assert_int_equal(pace_due_ns(&pace, 2 * NS_PER_SECOND, now), now + NS_PER_SECOND);
}

static void zero_never_waits(void **state)
{
	(void)state;
	struct pace pace = {.readrate = {0, 1}};
	pace_due_ns(&pace, 0, now);
	assert_int_equal(pace_due_ns(&pace, 3600 * NS_PER_SECOND, now + 1), now + 1);
}

static void a_short_delay_is_made_up_for(void **state)
{
	(void)state;
	struct pace pace = {.readrate = {1, 1}};
	pace_due_ns(&pace, 0, now);
	int64_t late = now + NS_PER_SECOND + NS_PER_SECOND / 2;
	assert_true(pace_due_ns(&pace, NS_PER_SECOND, late) < late);
	assert_int_equal(pace_due_ns(&pace, 2 * NS_PER_SECOND, late), now + 2 * NS_PER_SECOND);
}

static void a_long_one_is_not(void **state)
{
	(void)state;
	struct pace pace = {.readrate = {1, 1}};
	pace_due_ns(&pace, 0, now);
	int64_t late = now + 60 * NS_PER_SECOND;
	assert_int_equal(pace_due_ns(&pace, NS_PER_SECOND, late), late);
	assert_int_equal(pace_due_ns(&pace, 2 * NS_PER_SECOND, late), late + NS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_time),         cmocka_unit_test(twice_as_fast),
		cmocka_unit_test(zero_never_waits),  cmocka_unit_test(a_short_delay_is_made_up_for),
		cmocka_unit_test(a_long_one_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
