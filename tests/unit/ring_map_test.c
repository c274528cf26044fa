/* ring_map_test.c: objects that are not what they should be are refused before they are touched. */
#include "ring/map.h"
#include "ring_support.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int fds[RING_FD_PAGES + LIMIT_READERS];

static int begin(void **state)
{
	(void)state;
	struct ring_layout layout = ring_fixture_layout(4, 3);
	ring_begin(&layout);
	return 0;
}

static void expect_closed(size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(fcntl(fds[i], F_GETFD), -1);
}

static void expect_refused(int reader, int error)
{
	struct ring_map *map = NULL;
	size_t count = ring_fixture_fds(&fixture, reader, fds);
	if (reader < 0)
		assert_int_equal(ring_map_writer(fds, count, &map), error);
	else
		assert_int_equal(ring_map_reader(fds, count, (unsigned)reader, &map), error);
	assert_null(map);
	expect_closed(count);
}

static void test_maps_and_closes(void **state)
{
	(void)state;
	struct ring_map *map = NULL;
	size_t count = ring_fixture_fds(&fixture, 2, fds);
	assert_int_equal(ring_map_reader(fds, count, 2, &map), 0);
	expect_closed(count);
	assert_int_equal(map->layout.slots, 4);
	assert_non_null(map->page[2]);
	assert_null(map->page[0]);
	assert_true(ring_map_is_ours(map));
	assert_ptr_equal(ring_map_ref(map), map);
	ring_map_unref(map);
	assert_int_equal(ring_map_final(map), RING_NEVER);
	assert_int_equal(ring_map_newest(map), 1);
	assert_int_equal(ring_map_state(map), FB_IDLE);
	ring_map_unref(map);
}

static void test_objects_too_small(void **state)
{
	(void)state;
	struct ring_sizes sizes = ring_layout_sizes(&fixture.layout);
	for (unsigned i = 0; i <= RING_FD_PAGES; i++) {
		off_t size = i == RING_FD_CONTROL ? (off_t)sizes.control : RING_PAGE_SIZE;
		assert_int_equal(ftruncate(fixture.fds[i], size - 1), 0);
		expect_refused(0, -EPROTO);
		expect_refused(-1, -EPROTO);
		assert_int_equal(ftruncate(fixture.fds[i], size), 0);
		fixture.roster->magic = RING_MAGIC;
	}
}

static void test_wrong_number_of_objects(void **state)
{
	(void)state;
	struct ring_map *map = NULL;
	size_t count = ring_fixture_fds(&fixture, -1, fds);
	assert_int_equal(ring_map_writer(fds, count - 1, &map), -EPROTO);
	close(fds[count - 1]);
	count = ring_fixture_fds(&fixture, -1, fds);
	assert_int_equal(ring_map_reader(fds, count, 0, &map), -EPROTO);
	count = ring_fixture_fds(&fixture, -1, fds);
	assert_int_equal(ring_map_writer(fds, 3, &map), -EPROTO);
	for (size_t i = 3; i < count; i++)
		close(fds[i]);
	assert_int_equal(ring_map_reader(fds, 0, 0, &map), -EPROTO);
	count = ring_fixture_fds(&fixture, 0, fds);
	assert_int_equal(ring_map_reader(fds, count, 3, &map), -EPROTO);
	expect_closed(count);
}

static void test_other_version(void **state)
{
	(void)state;
	fixture.roster->abi++;
	expect_refused(0, -EPROTO);
	fixture.roster->abi--;
	fixture.roster->magic++;
	expect_refused(0, -EPROTO);
	expect_refused(-1, -EPROTO);
	fixture.roster->magic--;
	fixture.control->abi++;
	expect_refused(0, -EPROTO);
	fixture.control->abi--;
	fixture.control->magic = 0; /* no writer has begun it */
	expect_refused(0, -EPROTO);
}

static void test_bad_layout(void **state)
{
	(void)state;
	fixture.roster->layout.slots = 0;
	expect_refused(0, -EINVAL);
	fixture.roster->layout.slots = UINT32_MAX;
	expect_refused(-1, -EINVAL);
	fixture.roster->layout.slots = 4096; /* the objects are smaller */
	fixture.roster->layout.index_size = 4096;
	expect_refused(0, -EPROTO);
}

static void test_not_objects_at_all(void **state)
{
	(void)state;
	struct ring_map *map = NULL;
	int pipes[2];
	size_t count = ring_fixture_fds(&fixture, 0, fds);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	close(pipes[1]);
	close(fds[RING_FD_DATA]);
	fds[RING_FD_DATA] = pipes[0];
	assert_int_equal(ring_map_reader(fds, count, 0, &map), -EPROTO);
	count = ring_fixture_fds(&fixture, 0, fds);
	close(fds[RING_FD_ROSTER]);
	fds[RING_FD_ROSTER] = -1;
	assert_int_equal(ring_map_reader(fds, count, 0, &map), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_maps_and_closes, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_objects_too_small, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_wrong_number_of_objects, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_other_version, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_bad_layout, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_not_objects_at_all, begin, ring_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
