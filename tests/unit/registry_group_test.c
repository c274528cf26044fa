/* Groups come with their first member, are one user's and one pass's, and go with their last. */
#include "base/error.h"
#include "registry/group.h"
#include "registry/stream_readers.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct stream_terms terms = {.depth = 4, .spare = 4, .max_readers = 4, .max_held = 2, .max_writers = 2};
static const struct place_request request = {.client = 1, .uid = 7, .mode = FB_ORDERED, .max_held = 1};

static int setup(void **state)
{
	return stream_create("gate", &terms, (struct stream **)state);
}

static int teardown(void **state)
{
	stream_destroy(*state); /* with groups and members that are left */
	return 0;
}

static struct group *open_group(struct stream *stream, const char *name, uint32_t id)
{
	struct group *group = NULL;
	assert_int_equal(group_open(stream, name, &request, id, &group), 0);
	return group;
}

static struct place *join(struct stream *stream, struct group *group)
{
	struct place *place = NULL;
	assert_int_equal(place_open(stream, &request, &place), 0);
	group_join(group, place);
	return place;
}

static void test_members_share_a_group(void **state)
{
	struct group *group = open_group(*state, "g", 5);
	struct place *one = join(*state, group), *two = join(*state, open_group(*state, "g", 6));
	assert_ptr_equal(two->group, group);
	assert_int_equal(group->members, 2);
	assert_ptr_equal(group_find(*state, 5), group);
	assert_null(group_find(*state, 6));
	assert_int_equal(stream_readers(*state), 2); /* the group's own place is none */
	assert_true(stream_wanted(*state));
	place_destroy(one);
	place_destroy(two);
	assert_int_equal(group->members, 0);
	assert_false(stream_wanted(*state));
	group_destroy(group);
	assert_null(group_find(*state, 5));
}

static void test_names_modes_and_users(void **state)
{
	struct group *group = open_group(*state, "g", 1), *other = NULL;
	struct place_request latest = request, stranger = request;
	latest.mode = FB_LATEST;
	stranger.uid = 8;
	assert_int_equal(group_open(*state, "g", &latest, 2, &other), -EINVAL);
	assert_non_null(strstr(error_text(), "reads in another mode"));
	assert_int_equal(group_open(*state, "g", &stranger, 2, &other), 0);
	assert_ptr_not_equal(group, other); /* another user's */
	assert_ptr_not_equal(group, open_group(*state, "h", 3));
}

static void test_a_group_takes_a_place(void **state)
{
	struct group *group = NULL;
	for (unsigned i = 0; i < terms.max_readers; i++)
		open_group(*state, (const char *[]){"a", "b", "c", "d"}[i], i + 1);
	assert_int_equal(group_open(*state, "e", &request, 9, &group), -EUSERS);
	assert_non_null(strstr(error_text(), "max_readers"));
}

static void test_a_groups_own_place_needs_no_generation(void **state)
{
	struct stream *stream = *state;
	struct group *group = open_group(stream, "g", 1);
	struct generation *generation = NULL;
	assert_int_equal(stream_begin(stream, &generation), 0);
	stream_ready(stream);
	assert_true(place_joins(group->lead, generation));
	assert_false(place_needs(group->lead, generation));
	struct place *member = join(stream, group);
	assert_true(place_needs(member, generation));
	stream_over(stream, generation, 3);
	assert_null(stream_take_unneeded(stream));
	place_destroy(member);
	assert_ptr_equal(stream_take_unneeded(stream), generation);
	generation_destroy(generation);
}

static void test_a_pass_has_groups_of_its_own(void **state)
{
	struct stream *stream = *state;
	struct group *old = open_group(stream, "g", 1);
	struct generation *generation = NULL;
	join(stream, old);
	assert_int_equal(stream_begin(stream, &generation), 0);
	stream_ready(stream);
	stream_over(stream, generation, 3);
	stream_end(stream);
	struct group *young = open_group(stream, "g", 2);
	assert_ptr_not_equal(young, old);
	assert_true(place_ended(old->lead));
	assert_false(place_ended(young->lead));
}

static void test_pools_have_numbers(void **state)
{
	struct stream *stream = *state;
	struct writer one = {0}, two = {0}, three = {0};
	assert_true(stream_is_pool(stream));
	assert_int_equal(stream_pool_join(stream, &one), 0);
	assert_int_equal(stream_pool_join(stream, &two), 0);
	assert_int_equal(stream_pool_join(stream, &three), -EAGAIN);
	assert_non_null(strstr(error_text(), "has 2 writers already"));
	assert_ptr_equal(stream->writer, &one);
	stream_pool_leave(stream, &one);
	assert_ptr_equal(stream->writer, &two);
	assert_int_equal(stream_pool_join(stream, &three), 0);
	assert_int_equal(three.number, 0);
	stream_pool_leave(stream, &two);
	stream_pool_leave(stream, &three);
	assert_null(stream->writer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_members_share_a_group),        TEST(test_names_modes_and_users),
		TEST(test_a_group_takes_a_place),        TEST(test_a_groups_own_place_needs_no_generation),
		TEST(test_a_pass_has_groups_of_its_own), TEST(test_pools_have_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
