/* keeper_store_test.c: records are kept under their keys with their descriptors, replaced, dropped, and recalled. */
#include "keeper/store.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int open_one(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void keep(struct store *store, uint64_t key, const char *blob, int fd)
{
	assert_int_equal(store_keep(store, key, blob, strlen(blob), &fd, 1), 0);
}

static void records_come_back(void **state)
{
	(void)state;
	struct store store = {0};
	int fds[] = {open_one(), open_one()};
	keep(&store, 1, "one", fds[0]);
	keep(&store, UINT64_C(2) << 32, "two", fds[1]);
	assert_int_equal(store_keep(&store, 3, NULL, 0, NULL, 0), 0);
	for (int round = 0; round < 2; round++) {
		uint64_t keys = 0;
		const struct record *record;
		store_rewind(&store);
		while ((record = store_recall(&store))) {
			keys += record->key;
			if (record->key == 1) {
				assert_int_equal(record->blob_size, 3);
				assert_memory_equal(record->blob, "one", 3);
				assert_int_equal(record->fd_count, 1);
				assert_int_equal(record->fds[0], fds[0]);
			}
		}
		assert_true(keys == (UINT64_C(2) << 32) + 4);
	}
	store_clear(&store);
	assert_false(is_open(fds[0]) || is_open(fds[1]));
	store_rewind(&store);
	assert_null(store_recall(&store));
}

static void a_record_is_replaced(void **state)
{
	(void)state;
	struct store store = {0};
	int before = open_one(), after = open_one();
	keep(&store, 7, "before", before);
	keep(&store, 7, "and after", after);
	assert_false(is_open(before));
	assert_true(is_open(after));
	store_rewind(&store);
	assert_memory_equal(store_recall(&store)->blob, "and after", 9);
	assert_null(store_recall(&store));
	store_drop(&store, 7);
	store_drop(&store, 7);
	assert_false(is_open(after));
	assert_int_equal(store.bytes, 0);
	assert_int_equal(store.count, 0);
}

/* What is dropped in the midst of it is not given out. */
static void recalling_goes_on_behind_a_dropped_one(void **state)
{
	(void)state;
	struct store store = {0};
	for (uint64_t key = 1; key <= 3; key++)
		assert_int_equal(store_keep(&store, key, "x", 1, NULL, 0), 0);
	store_rewind(&store);
	uint64_t first = store_recall(&store)->key;
	store_drop(&store, 2);
	uint64_t second = store_recall(&store)->key;
	assert_true(first + second == 4);
	assert_null(store_recall(&store));
	store_clear(&store);
}

static void there_is_a_limit(void **state)
{
	(void)state;
	struct store store = {0};
	char *blob = calloc(1, STORE_BYTES / 4);
	for (uint64_t key = 0; key < 4; key++)
		assert_int_equal(store_keep(&store, key, blob, STORE_BYTES / 4, NULL, 0), 0);
	assert_int_equal(store_keep(&store, 3, blob, STORE_BYTES / 4, NULL, 0), 0); /* in its own place */
	assert_int_equal(store.error, 0);
	int fd = open_one();
	assert_int_equal(store_keep(&store, 4, blob, 1, &fd, 1), -ENOSPC);
	assert_int_equal(fd, -1);
	assert_int_equal(store.error, ENOSPC);
	store_clear(&store);
	assert_int_equal(store.error, 0);
	free(blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back),
		cmocka_unit_test(a_record_is_replaced),
		cmocka_unit_test(recalling_goes_on_behind_a_dropped_one),
		cmocka_unit_test(there_is_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
