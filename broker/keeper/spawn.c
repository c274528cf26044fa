/* spawn.c: starts the core and the workers. */
#include "keeper/spawn.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define WORKER_SOCKET 3
#define FREE_FD 10 /* above every number that a worker's descriptors are moved to */

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

/* Parent and child both set the group, so that it is there whoever runs first. death_signal comes when the keeper dies.
 */
static void begin_child(pid_t keeper, int death_signal)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, death_signal);
	if (getppid() != keeper) /* it died before the signal was asked for */
		_exit(127);
}

pid_t spawn_core(const char *path, char *const argv[], int core_fd)
{
	pid_t keeper = getpid(), pid = fork();
	if (pid < 0)
		return error_set_errno(errno, "fork");
	if (pid > 0) {
		setpgid(pid, pid);
		return pid;
	}
	begin_child(keeper, 0); /* it sees the end of its socket, and ends in order */
	fcntl(core_fd, F_SETFD, 0);
	execv(path, argv);
	dprintf(STDERR_FILENO, "error: keeper: %s: %s\n", path, strerrordesc_np(errno));
	_exit(127);
}

static void run_worker(const char *path, const char *program, const char *name, int socket, int error_fd)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int high_socket = fcntl(socket, F_DUPFD_CLOEXEC, FREE_FD),
	    high_error = fcntl(error_fd, F_DUPFD_CLOEXEC, FREE_FD);
	if (dup2(nothing, STDIN_FILENO) < 0 || dup2(high_error, STDOUT_FILENO) < 0 ||
	    dup2(high_error, STDERR_FILENO) < 0 || dup2(high_socket, WORKER_SOCKET) < 0 ||
	    close_range(WORKER_SOCKET + 1, ~0u, 0) < 0)
		_exit(127);
	execl(path, program, name, "3", (char *)NULL);
	dprintf(STDERR_FILENO, "error: keeper: %s: %s\n", path, strerrordesc_np(errno));
	_exit(127);
}

pid_t spawn_worker(const char *program, const char *name, int socket, int error_fd)
{
	char path[SPAWN_PATH];
	int err = spawn_find(program, path);
	if (err)
		return err;
	pid_t keeper = getpid(), pid = fork();
	if (pid < 0)
		return error_set_errno(errno, "fork");
	if (pid == 0) {
		begin_child(keeper, SIGKILL); /* nobody would be left to stop it */
		run_worker(path, program, name, socket, error_fd);
	}
	setpgid(pid, pid);
	return pid;
}
