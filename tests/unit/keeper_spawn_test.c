/* keeper_spawn_test.c: workers get their name and two descriptors, nothing else; what cannot run is told with its
 * reason. */
#include "base/error.h"
#include "base/fd.h"
#include "keeper/spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[32], program[64];

static int begin(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/keeper-spawn-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(program, sizeof program, "%s/worker", folder);
	setenv("FRAMEBROKER_LIBEXEC", folder, 1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(program);
	return rmdir(folder);
}

static void write_program(const char *text)
{
	FILE *file = fopen(program, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_return_code(chmod(program, 0755), errno);
}

/* Runs the worker to its end; text is all that it wrote to its standard error. */
static int run(const char *name, char *text, size_t size)
{
	int pair[2], pipes[2], status;
	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), errno);
	assert_return_code(pipe2(pipes, O_CLOEXEC), errno);
	pid_t pid = spawn_worker("worker", name, pair[1], pipes[1]);
	fd_close(&pair[1]);
	fd_close(&pipes[1]);
	size_t filled = 0;
	for (ssize_t got; pid > 0 && (got = read(pipes[0], text + filled, size - 1 - filled)) > 0;)
		filled += (size_t)got;
	text[filled] = '\0';
	fd_close(&pair[0]);
	fd_close(&pipes[0]);
	if (pid < 0)
		return pid;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void worker_has_its_name_and_socket(void **state)
{
	(void)state;
	char text[512];
	write_program("#!/bin/sh\n"
		      "echo \"$# $1 $2\" >&2\n"
		      "for fd in 0 3; do readlink /proc/$$/fd/$fd >&2; done\n"
		      "echo printed\n"
		      "exit 7\n");
	assert_int_equal(run("gate/1", text, sizeof text), 7);
	assert_non_null(strstr(text, "2 gate/1 3\n/dev/null\nsocket:["));
	assert_non_null(strstr(text, "]\nprinted\n"));
}

static void worker_has_nothing_else(void **state)
{
	(void)state;
	char text[512];
	FD_AUTO inherited = open("/dev/null", O_RDONLY); /* as from whoever started the broker */
	FD_AUTO high = fcntl(inherited, F_DUPFD, 500);
	assert_true(high >= 500);
	/* the shell itself has the script open, at 10 or above */
	write_program(
		"#!/bin/sh\nfor fd in 4 5 6 7 8 9 500; do [ -e /proc/$$/fd/$fd ] && echo has $fd >&2; done; exit 0\n");
	assert_int_equal(run("gate", text, sizeof text), 0);
	assert_string_equal(text, "");
}

static void worker_takes_signals_and_leads_a_group(void **state)
{
	(void)state;
	char text[512];
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL); /* as the keeper does */
	write_program("#!/bin/sh\n[ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo leads >&2; kill -TERM $$; exit 1\n");
	assert_int_equal(run("gate", text, sizeof text), 128 + SIGTERM);
	assert_string_equal(text, "leads\n");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void what_cannot_run_is_told(void **state)
{
	(void)state;
	char text[64];
	assert_int_equal(run("gate", text, sizeof text), -ENOENT);
	assert_non_null(strstr(error_text(), "FRAMEBROKER_LIBEXEC"));
	write_program("no program of any kind\n");
	assert_int_equal(run("gate", text, sizeof text), -ENOEXEC);
	assert_non_null(strstr(error_text(), program));
	write_program("#!/nonexistent/shell\n");
	assert_int_equal(run("gate", text, sizeof text), -ENOENT);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left behind */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(worker_has_its_name_and_socket),
		TEST(worker_has_nothing_else),
		TEST(worker_takes_signals_and_leads_a_group),
		TEST(what_cannot_run_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
