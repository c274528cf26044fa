/* reserve.c: a child that calls posix_fallocate() and tells by its exit status how that went. */
#include "memory/reserve.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct reserve {
	struct loop *loop;
	int pidfd;
	reserve_done_fn *done;
	void *context;
};

static int oom_fd = -1; /* our own score; children inherit its value */
static char oom_score[16];

void reserve_prepare(void)
{
	oom_fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	ssize_t length = oom_fd < 0 ? -1 : read(oom_fd, oom_score, sizeof oom_score - 1);
	if (length <= 0)
		fd_close(&oom_fd);
}

/* Where it is not allowed the kernel chooses by size. */
static void set_score(const char *score)
{
	ssize_t written = oom_fd < 0 ? 0 : write(oom_fd, score, strlen(score));
	(void)written;
}

/* The child is the first to die when memory runs out. It must not open its own score: for that it would have to be
 * dumpable, and any process of our user could take the objects from it before they are sealed. */
static pid_t fork_volunteer(void)
{
	set_score("1000");
	pid_t pid = fork();
	if (pid != 0)
		set_score(oom_score);
	return pid;
}

/* Only async-signal-safe calls: the parent may have threads. */
static _Noreturn void child_run(const int *fds, const uint64_t *bytes, size_t count)
{
	int kept[RESERVE_FDS], err = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < count && err == 0; i++) { /* out of the way of 0 … count - 1 */
		kept[i] = fcntl(fds[i], F_DUPFD, RESERVE_FDS);
		err = kept[i] < 0 ? errno : 0;
	}
	for (size_t i = 0; i < count && err == 0; i++)
		err = dup2(kept[i], (int)i) < 0 ? errno : 0;
	close_range((unsigned)count, ~0u, 0);
	for (size_t i = 0; i < count && err == 0; i++)
		err = posix_fallocate((int)i, 0, (off_t)bytes[i]);
	_exit(err);
}

static int exit_error(const siginfo_t *info)
{
	if (info->si_code != CLD_EXITED)
		return -ENOSPC; /* killed for memory */
	return -info->si_status;
}

static int reap(struct reserve *reserve)
{
	siginfo_t info = {0};
	while (waitid(P_PIDFD, (id_t)reserve->pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -ECHILD;
	return exit_error(&info);
}

static void reserve_free(struct reserve *reserve)
{
	loop_unwatch(reserve->loop, reserve->pidfd);
	close(reserve->pidfd);
	free(reserve);
}

static void on_exit_of_child(void *context, int fd, uint32_t events)
{
	struct reserve *reserve = context;
	reserve_done_fn *done = reserve->done;
	void *done_context = reserve->context;
	(void)fd;
	(void)events;
	int err = reap(reserve);
	reserve_free(reserve);
	done(done_context, err);
}

int reserve_start(struct loop *loop, const int *fds, const uint64_t *bytes, size_t count, reserve_done_fn *done,
		  void *context, struct reserve **ret_reserve)
{
	struct reserve *reserve = calloc(1, sizeof *reserve);
	if (!reserve)
		return error_set(ENOMEM, "no memory to reserve memory");
	*reserve = (struct reserve){.loop = loop, .done = done, .context = context};
	pid_t pid = fork_volunteer();
	if (pid == 0)
		child_run(fds, bytes, count);
	reserve->pidfd = pid < 0 ? -1 : pidfd_open(pid, 0);
	if (reserve->pidfd < 0) {
		int r = error_set_errno(errno, "cannot start a child to reserve memory");
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		free(reserve);
		return r;
	}
	int r = loop_watch(loop, reserve->pidfd, EPOLLIN, on_exit_of_child, reserve);
	if (r < 0) {
		reserve_cancel(reserve);
		return r;
	}
	*ret_reserve = reserve;
	return 0;
}

void reserve_cancel(struct reserve *reserve)
{
	if (!reserve)
		return;
	pidfd_send_signal(reserve->pidfd, SIGKILL, NULL, 0);
	reap(reserve); /* at once: reserving stops at the next page */
	reserve_free(reserve);
}
