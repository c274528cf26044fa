/* base_address_test.c: where the broker's socket lies when nobody names one. */
#include "base/address.h"
#include "base/error.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void users_runtime_folder_comes_first(void **state)
{
	(void)state;
	char address[ADDRESS_SIZE];
	setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
	assert_int_equal(address_default_user(address), 0);
	assert_string_equal(address, "/run/user/1000/framebroker.sock");
}

static void too_long_folder_is_refused(void **state)
{
	(void)state;
	char folder[200] = "/", address[ADDRESS_SIZE] = "untouched";
	memset(folder + 1, 'x', sizeof folder - 2);
	setenv("XDG_RUNTIME_DIR", folder, 1);
	assert_int_equal(address_default_user(address), -ENAMETOOLONG);
	assert_string_equal(address, "untouched");
}

static void without_one_it_is_a_folder_of_tmp(void **state)
{
	(void)state;
	char address[ADDRESS_SIZE], expected[ADDRESS_SIZE];
	unsetenv("XDG_RUNTIME_DIR");
	snprintf(expected, sizeof expected, "/tmp/framebroker-%u/framebroker.sock", (unsigned)geteuid());
	assert_int_equal(address_default_user(address), 0);
	assert_string_equal(address, expected);
}

static void relative_runtime_folder_does_not_count(void **state)
{
	(void)state;
	char address[ADDRESS_SIZE];
	setenv("XDG_RUNTIME_DIR", "run", 1);
	assert_int_equal(address_default_user(address), 0);
	assert_memory_equal(address, "/tmp/framebroker-", 17);
}

/* As an unlikely uid, so that nobody's real folder is met; only root can become one. Exit status 77: not root. */
static int as_other_uid(mode_t mode)
{
	pid_t pid = fork();
	if (pid == 0) {
		char folder[64], address[ADDRESS_SIZE];
		unsigned uid = 3000000000u + (unsigned)getpid();
		unsetenv("XDG_RUNTIME_DIR");
		snprintf(folder, sizeof folder, "/tmp/framebroker-%u", uid);
		umask(0);
		if (setresuid(uid, uid, uid) < 0)
			_exit(77);
		if (mkdir(folder, mode) < 0)
			_exit(70);
		int err = address_default_user(address);
		rmdir(folder);
		_exit(-err);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void open_folder_is_refused(void **state)
{
	(void)state;
	int status = as_other_uid(0755);
	if (status == 77)
		skip();
	assert_int_equal(status, EACCES);
	assert_int_equal(as_other_uid(0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_runtime_folder_comes_first),
		cmocka_unit_test(too_long_folder_is_refused),
		cmocka_unit_test(without_one_it_is_a_folder_of_tmp),
		cmocka_unit_test(relative_runtime_folder_does_not_count),
		cmocka_unit_test(open_folder_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
