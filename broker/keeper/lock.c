/* lock.c: SOCKET.lock, held by the one broker that serves the socket. */
#include "keeper/lock.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void lock_path(const char *socket_path, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s.lock", socket_path);
}

static int refuse(const char *socket_path, int fd)
{
	char pid[16] = "?";
	ssize_t size = pread(fd, pid, sizeof pid - 1, 0);
	if (size > 0)
		pid[size] = '\0';
	return error_set(EADDRINUSE,
			 "%s: a broker is running there already (pid %s); stop it, or give another --socket",
			 socket_path, pid);
}

/* A broker that ends removes the file: what we locked may no longer be what the path names. */
static bool is_current(int fd, const char *path)
{
	struct stat locked, named;
	return fstat(fd, &locked) == 0 && stat(path, &named) == 0 && locked.st_dev == named.st_dev &&
	       locked.st_ino == named.st_ino;
}

int lock_take(const char *socket_path, int *ret_fd)
{
	char path[PATH_MAX];
	lock_path(socket_path, path);
	for (;;) {
		FD_AUTO fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			return error_set_errno(errno, "%s", path);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			return errno == EWOULDBLOCK ? refuse(socket_path, fd) : error_set_errno(errno, "%s", path);
		if (!is_current(fd, path))
			continue;
		if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d", (int)getpid()) < 0)
			return error_set_errno(errno, "%s", path);
		*ret_fd = fd_take(&fd);
		return 0;
	}
}

void lock_remove(const char *socket_path)
{
	char path[PATH_MAX];
	lock_path(socket_path, path);
	unlink(path);
}
