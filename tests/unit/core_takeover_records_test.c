/* core_takeover_records_test.c: records that make no sense or are not whole: all begins anew. */
#include "base/fd.h"
#include "unit/core_takeover_support.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void set_text(struct played_record *record, const char *text)
{
	free(record->blob);
	record->blob = strdup(text);
	record->size = strlen(text);
}

/* The next core begins with nothing, and says so by its exit status: another one follows. */
static void assert_begins_anew(void)
{
	int before = keeper.forgotten;
	fb_close(&keeper.client);
	assert_int_equal(played_core_start(&keeper), KEEPER_CORE_ANEW);
	assert_int_equal(keeper.forgotten, before + 1);
	for (size_t i = 0; i < PLAYED_IDS; i++)
		keeper.workers[i].spawned = 0;
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_spawned, 1);
}

static void records_of_workers_that_make_no_sense(void **state)
{
	(void)state;
	static const char *const odd[] = {
		"",
		"{",
		"[]",
		"{}",
		"{\"kind\": \"source\", \"name\": \"cam\"}",
		"{\"kind\": \"source\", \"name\": \"cam\", \"details\": {\"config\": \"{\"}}",
		"{\"kind\": \"sink\", \"name\": \"cam\", \"details\": {\"config\": \"{url: color}\"}}",
		"{\"kind\": \"cow\", \"name\": \"cam\", \"details\": {\"config\": \"{}\"}}",
	};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		begin_live(CAM);
		played_core_kill(&keeper);
		struct played_record *record = record_of(&keeper, KEPT_WORKER, 1);
		set_text(record, odd[i]);
		assert_begins_anew();
		played_keeper_end(&keeper);
		played_keeper_begin(&keeper);
	}
}

/* One field of the real record changed. */
static void numbers_of_workers_that_cannot_be(void **state)
{
	(void)state;
	static const char *const odd[][2] = {{"\"phase\":1", "\"phase\":9"},
					     {"\"state\":2", "\"state\":7"},
					     {"\"pid\":10001", "\"pid\":\"1\" "},
					     {"\"proven\":false", "\"proven\":5    "}};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		begin_live(CAM);
		played_core_kill(&keeper);
		struct played_record *record = record_of(&keeper, KEPT_WORKER, 1);
		char *at = memmem(record->blob, record->size, odd[i][0], strlen(odd[i][0]));
		assert_non_null(at);
		memcpy(at, odd[i][1], strlen(odd[i][0]));
		assert_begins_anew();
		played_keeper_end(&keeper);
		played_keeper_begin(&keeper);
	}
}

/* Neither as they stand, nor in a file, which is not there or has nothing in it. */
static void run_time_entries_that_are_not_to_be_read(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		begin_live(CAM);
		played_core_kill(&keeper);
		struct played_record *record = record_of(&keeper, KEPT_RUNTIME, 0);
		assert_int_equal(record->fd_count, 0);
		set_text(record, kind == 0 ? "{[" : "");
		if (kind > 0)
			record->size = 1;
		if (kind == 2)
			record->fds[record->fd_count++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		assert_begins_anew();
		played_keeper_end(&keeper);
		played_keeper_begin(&keeper);
	}
}

/* Its process is ended, and what is yet to come of it is taken for no other's. */
static void a_worker_without_a_record(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	free(record_of(&keeper, KEPT_WORKER, 1)->blob);
	*record_of(&keeper, KEPT_WORKER, 1) = (struct played_record){0};
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_killed, 1);
	played_until(&keeper, was_spawned, 2);
	assert_int_equal(keeper.workers[1].spawned, 1);
}

/* The keeper had no room for some of them: this core begins with nothing itself. */
static void records_that_are_not_whole(void **state)
{
	(void)state;
	begin_live(CAM);
	played_core_kill(&keeper);
	keeper.store_error = ENOSPC;
	keeper.workers[1].spawned = 0;
	assert_int_equal(played_core_start(&keeper), 0);
	assert_int_equal(keeper.forgotten, 1);
	played_until(&keeper, was_spawned, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, takeover_setup, takeover_teardown)
	const struct CMUnitTest tests[] = {
		TEST(records_of_workers_that_make_no_sense),
		TEST(numbers_of_workers_that_cannot_be),
		TEST(run_time_entries_that_are_not_to_be_read),
		TEST(a_worker_without_a_record),
		TEST(records_that_are_not_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
