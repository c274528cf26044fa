#include "media/size.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct size hd = {1920, 1080, {1, 1}};

static void check(struct size native, int width, int height, int want_width, int want_height)
{
	struct size size = size_resolve(native, width, height);
	assert_int_equal(size.width, want_width);
	assert_int_equal(size.height, want_height);
}

static void native_stays(void **state)
{
	(void)state;
	check(hd, 0, 0, 1920, 1080);
	check((struct size){321, 243, {1, 1}}, 0, 0, 321, 243);
}

static void one_side_keeps_the_proportions_and_is_even(void **state)
{
	(void)state;
	check(hd, 640, 0, 640, 360);
	check(hd, 0, 360, 640, 360);
	check(hd, 100, 0, 100, 56); /* 56.25 */
	check(hd, 0, 101, 180, 101);
	check((struct size){1920, 2, {1, 1}}, 2, 0, 2, 2); /* never nothing */
}

static void both_sides_stretch(void **state)
{
	(void)state;
	check(hd, 300, 301, 300, 301);
}

static void what_is_seen_keeps_its_shape(void **state)
{
	(void)state;
	struct size size = size_resolve(hd, 960, 1080);
	assert_int_equal(size.sample_aspect_ratio.num, 2);
	assert_int_equal(size.sample_aspect_ratio.den, 1);
	size = size_resolve((struct size){720, 576, {16, 15}}, 0, 0);
	assert_int_equal(size.sample_aspect_ratio.num, 16);
	size = size_resolve((struct size){720, 576, {0, 1}}, 100, 100);
	assert_int_equal(size.sample_aspect_ratio.num, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native_stays),
		cmocka_unit_test(one_side_keeps_the_proportions_and_is_even),
		cmocka_unit_test(both_sides_stretch),
		cmocka_unit_test(what_is_seen_keeps_its_shape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
