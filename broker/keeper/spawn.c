/* spawn.c: starts the core and the workers. */
#include "keeper/spawn.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKER_SOCKET 3
#define WORKER_REPORT 4 /* until the program runs */
#define FREE_FD 10      /* above every number that a worker's descriptors are moved to */

static bool is_program(const char *folder, const char *program, char path[SPAWN_PATH])
{
	return snprintf(path, SPAWN_PATH, "%s/%s", folder, program) < SPAWN_PATH && access(path, X_OK) == 0;
}

int spawn_find(const char *program, char ret_path[SPAWN_PATH])
{
	char own[SPAWN_PATH];
	const char *named = getenv("FRAMEBROKER_LIBEXEC");
	if (named && is_program(named, program, ret_path))
		return 0;
	ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
	if (size > 0) {
		own[size] = '\0';
		if (is_program(dirname(own), program, ret_path))
			return 0;
	}
	if (is_program(FRAMEBROKER_LIBEXECDIR, program, ret_path))
		return 0;
	return error_set(ENOENT,
			 "%s: not beside framebrokerd and not in " FRAMEBROKER_LIBEXECDIR
			 "; install it, or set FRAMEBROKER_LIBEXEC to its folder",
			 program);
}

/* In the child: what it inherits of the keeper's ways is undone. It dies with the keeper, also where it is stopped:
 * nobody would be left to end it. */
static void begin_child(pid_t keeper)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper) /* it died before the signal was asked for */
		_exit(1);
}

/* In the child: the program did not start. Tells why through the pipe. */
static void fail_child(int report)
{
	int err = errno;
	if (write(report, &err, sizeof err) < 0)
		err = 1;
	_exit(1);
}

/* Waits until the child runs its program, which closes the pipe, or has failed. From then on its pid names the program.
 */
static pid_t finish_spawn(const char *path, pid_t pid, int report)
{
	int err = 0;
	if (read(report, &err, sizeof err) <= 0)
		return pid;
	waitpid(pid, NULL, 0);
	return error_set_errno(err, "%s", path);
}

pid_t spawn_core(const char *path, char *const argv[], const int *fds, size_t fd_count)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return error_set_errno(errno, "%s", path);
	FD_AUTO reading = report[0], writing = report[1];
	pid_t keeper = getpid(), pid = fork();
	if (pid < 0)
		return error_set_errno(errno, "fork");
	if (pid == 0) {
		begin_child(keeper);
		for (size_t i = 0; i < fd_count; i++)
			fcntl(fds[i], F_SETFD, 0);
		execv(path, argv);
		fail_child(writing);
	}
	fd_close(&writing);
	return finish_spawn(path, pid, reading);
}

static void run_worker(const char *path, const char *program, const char *name, int socket, int error_fd, int report)
{
	/* First out of the way of the numbers that they are moved to. */
	int high_report = fcntl(report, F_DUPFD_CLOEXEC, FREE_FD);
	if (high_report < 0)
		fail_child(report);
	int high_socket = fcntl(socket, F_DUPFD_CLOEXEC, FREE_FD);
	int high_error = high_socket < 0 ? -1 : fcntl(error_fd, F_DUPFD_CLOEXEC, FREE_FD);
	int nothing = high_error < 0 ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing < 0 || dup3(high_report, WORKER_REPORT, O_CLOEXEC) < 0)
		fail_child(high_report);
	if (dup2(nothing, STDIN_FILENO) >= 0 && dup2(high_error, STDOUT_FILENO) >= 0 &&
	    dup2(high_error, STDERR_FILENO) >= 0 && dup2(high_socket, WORKER_SOCKET) >= 0 &&
	    close_range(WORKER_REPORT + 1, ~0u, 0) == 0)
		execl(path, program, name, "3", (char *)NULL);
	fail_child(WORKER_REPORT);
}

pid_t spawn_worker(const char *program, const char *name, int socket, int error_fd)
{
	char path[SPAWN_PATH];
	int report[2], err = spawn_find(program, path);
	if (err)
		return err;
	if (pipe2(report, O_CLOEXEC) < 0)
		return error_set_errno(errno, "%s", path);
	FD_AUTO reading = report[0], writing = report[1];
	pid_t keeper = getpid(), pid = fork();
	if (pid < 0)
		return error_set_errno(errno, "fork");
	if (pid == 0) {
		begin_child(keeper);
		run_worker(path, program, name, socket, error_fd, writing);
	}
	fd_close(&writing);
	return finish_spawn(path, pid, reading);
}
