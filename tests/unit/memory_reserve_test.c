/* Memory is there before anybody uses it: whether there is any, and who takes it. */
#include "base/clock.h"
#include "base/error.h"
#include "control_support.h"
#include "memory/available.h"
#include "memory/reserve.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void note_result(void *context, int err)
{
	*(int *)context = err;
}

static void run_until_done(struct server *server, const int *result)
{
	int64_t deadline_ns = clock_deadline(10 * NS_PER_SECOND);
	while (*result == 1 && clock_left_ns(deadline_ns) > 0)
		server_turn(server, NS_PER_MS);
}

static void test_memory_is_reserved(void **state)
{
	struct server *server = *state;
	struct reserve *reserve = NULL;
	struct stat stat;
	int result = 1, fds[2];
	const uint64_t bytes[] = {4096, 8 << 20};
	server_start(server);
	for (int i = 0; i < 2; i++) {
		fds[i] = memfd_create("test", MFD_CLOEXEC);
		assert_int_equal(ftruncate(fds[i], (off_t)bytes[i]), 0);
	}
	assert_int_equal(reserve_start(server->loop, fds, bytes, 2, note_result, &result, &reserve), 0);
	run_until_done(server, &result);
	assert_int_equal(result, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fstat(fds[i], &stat), 0);
		assert_int_equal(stat.st_blocks * 512, bytes[i]);
		close(fds[i]);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
	assert_int_equal(errno, ECHILD);
}

static int read_number(const char *path)
{
	int number = INT_MIN;
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &number), 1);
	fclose(file);
	return number;
}

/* The child has descriptors for what is not sealed yet: another process of the same user must not get at them. */
static void test_who_reserves_volunteers_and_is_closed(void **state)
{
	struct server *server = *state;
	struct reserve *reserve = NULL;
	struct stat stat_of_child;
	char path[64];
	int result = 1, fd = memfd_create("test", MFD_CLOEXEC);
	const uint64_t bytes = 512 << 20; /* it takes a while */
	if (geteuid() != 0)
		skip();
	server_start(server);
	int score = read_number("/proc/self/oom_score_adj");
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(seteuid(4711), 0);
	prctl(PR_SET_DUMPABLE, 0); /* as the core is */
	assert_int_equal(reserve_start(server->loop, &fd, &bytes, 1, note_result, &result, &reserve), 0);
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	int child = read_number(path);
	server_turn(server, 5 * NS_PER_MS); /* it is at work */
	snprintf(path, sizeof path, "/proc/%d/fd", child);
	assert_int_equal(stat(path, &stat_of_child), 0);
	assert_int_equal(stat_of_child.st_uid, 0);
	assert_int_equal(seteuid(0), 0);
	prctl(PR_SET_DUMPABLE, 1);
	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", child);
	assert_int_equal(read_number(path), 1000);
	assert_int_equal(read_number("/proc/self/oom_score_adj"), score);
	reserve_cancel(reserve);
	close(fd);
}

static void test_a_reservation_fails(void **state)
{
	struct server *server = *state;
	struct reserve *reserve = NULL;
	int result = 1, fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	server_start(server);
	assert_int_equal(reserve_start(server->loop, &fd, (uint64_t[]){4096}, 1, note_result, &result, &reserve), 0);
	run_until_done(server, &result);
	assert_int_equal(result, -ENODEV);
	result = 1;
	assert_int_equal(reserve_start(server->loop, &fd, (uint64_t[]){4096}, 1, note_result, &result, &reserve), 0);
	reserve_cancel(reserve);
	reserve_cancel(NULL);
	server_turn(server, 5 * NS_PER_MS);
	assert_int_equal(result, 1);
	close(fd);
}

static void test_what_is_available(void **state)
{
	(void)state;
	assert_true(available_memory() > 0);
	assert_true(available_shm() < UINT64_MAX);
	struct available_need need = {.stream = "gate", .bytes = 512 << 20, .limit = UINT64_MAX};
	need.bytes = UINT64_MAX / 2;
	assert_int_equal(available_check(&need), -ENOSPC);
	assert_non_null(strstr(error_text(), "(in memory)"));
	need.shm = true;
	assert_int_equal(available_check(&need), -ENOSPC);
	assert_non_null(strstr(error_text(), "(in /dev/shm): make room, lower depth/spare, or set memory: memfd"));
	need = (struct available_need){.stream = "gate", .bytes = 3 << 20, .limit = 8 << 20, .used = 6 << 20};
	assert_int_equal(available_check(&need), -ENOSPC);
	assert_string_equal(error_text(),
			    "stream gate needs 3.00 MiB, 2.00 MiB are free (of memory_limit): remove streams, lower "
			    "depth/spare, or raise memory_limit");
	need.bytes = 1 << 20;
	assert_int_equal(available_check(&need), 0);
}

#define server_test(name) cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int main(void)
{
	reserve_prepare();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_available),
		server_test(test_memory_is_reserved),
		server_test(test_who_reserves_volunteers_and_is_closed),
		server_test(test_a_reservation_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
