/* keeper_lock_test.c: one broker a socket: a live one is refused, a dead one's place is taken, nothing else is removed.
 */
#include "base/error.h"
#include "base/fd.h"
#include "keeper/listen.h"
#include "keeper/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/keeper-lock-XXXXXX", path[64], lock_file[80];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/keeper-lock-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/broker.sock", folder);
	snprintf(lock_file, sizeof lock_file, "%s.lock", path);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	unlink(lock_file);
	return rmdir(folder);
}

static int connect_to(const char *socket_path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strcpy(address.sun_path, socket_path);
	FD_AUTO fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	return connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
}

static void live_broker_is_named(void **state)
{
	(void)state;
	FD_AUTO first = -1;
	int second = -1;
	char pid[32];
	assert_int_equal(lock_take(path, &first), 0);
	assert_int_equal(lock_take(path, &second), -EADDRINUSE);
	assert_int_equal(second, -1);
	snprintf(pid, sizeof pid, "(pid %d)", (int)getpid());
	assert_non_null(strstr(error_text(), path));
	assert_non_null(strstr(error_text(), pid));
}

/* A broker that is killed leaves both files behind. */
static void die_serving(void)
{
	int lock, listening;
	pid_t pid = fork();
	if (pid == 0)
		_exit(lock_take(path, &lock) || listen_open(path, 0600, (gid_t)-1, &listening));
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void dead_brokers_place_is_taken(void **state)
{
	(void)state;
	die_serving();
	assert_int_equal(connect_to(path), -ECONNREFUSED);
	FD_AUTO lock = -1;
	FD_AUTO listening = -1;
	assert_int_equal(lock_take(path, &lock), 0);
	assert_int_equal(listen_open(path, 0640, (gid_t)-1, &listening), 0);
	assert_int_equal(connect_to(path), 0);
	struct stat made;
	assert_return_code(stat(path, &made), errno);
	assert_int_equal(made.st_mode & 07777, 0640);
}

/* Who waits at the file that an ending broker removes must not hold a lock that nobody else sees. */
static void removed_lock_is_made_anew(void **state)
{
	(void)state;
	FD_AUTO first = -1;
	FD_AUTO second = -1;
	int third = -1;
	assert_int_equal(lock_take(path, &first), 0);
	lock_remove(path);
	fd_close(&first);
	assert_int_equal(lock_take(path, &second), 0);
	assert_int_equal(lock_take(path, &third), -EADDRINUSE);
}

static void only_sockets_are_replaced(void **state)
{
	(void)state;
	FD_AUTO file = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(file >= 0);
	int listening = -1;
	assert_int_equal(listen_open(path, 0600, (gid_t)-1, &listening), -EEXIST);
	assert_int_equal(listening, -1);
	struct stat kept;
	assert_return_code(stat(path, &kept), errno);
	assert_true(S_ISREG(kept.st_mode));
}

static void a_group_that_is_not_ours_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* who has all groups cannot be known */
	assert_return_code(chmod(folder, 0777), errno);
	pid_t pid = fork();
	if (pid == 0) {
		int listening;
		bool other =
			setgroups(0, NULL) == 0 && setresgid(5001, 5001, 5001) == 0 && setresuid(5001, 5001, 5001) == 0;
		_exit(!other || listen_open(path, 0600, 0, &listening) != -EPERM ||
		      !strstr(error_text(), "must be a member of that group, or run as root"));
	}
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void long_paths_are_refused(void **state)
{
	(void)state;
	char deep[300];
	int listening = -1;
	memset(deep, 'x', sizeof deep - 1);
	deep[sizeof deep - 1] = '\0';
	assert_int_equal(listen_open(deep, 0600, (gid_t)-1, &listening), -ENAMETOOLONG);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(live_broker_is_named),      TEST(dead_brokers_place_is_taken),
		TEST(removed_lock_is_made_anew), TEST(only_sockets_are_replaced),
		TEST(long_paths_are_refused),    TEST(a_group_that_is_not_ours_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
