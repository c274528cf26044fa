/* listen.c: the broker's listening socket. */
#include "keeper/listen.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096 /* clients that wait while a new core starts */

/* Only a socket is ever removed: a path that was given by mistake may name anything. */
static int remove_old(const char *path)
{
	struct stat found;
	if (lstat(path, &found) < 0)
		return errno == ENOENT ? 0 : error_set_errno(errno, "%s", path);
	if (!S_ISSOCK(found.st_mode))
		return error_set(EEXIST, "%s: not a socket; give another path", path);
	return unlink(path) < 0 ? error_set_errno(errno, "%s", path) : 0;
}

int listen_open(const char *path, mode_t mode, gid_t gid, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path)
		return error_set(ENAMETOOLONG, "%s: longer than the %zu bytes a socket's path may have", path,
				 sizeof address.sun_path - 1);
	strcpy(address.sun_path, path);
	int err = remove_old(path);
	if (err)
		return err;
	FD_AUTO fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Nobody can connect before listen(), so the rights that come last are in time. */
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return error_set_errno(errno, "%s", path);
	if (gid != (gid_t)-1 && chown(path, (uid_t)-1, gid) < 0)
		return error_set(errno, "%s: giving it to group %u (broker.socket_group): %s%s", path, (unsigned)gid,
				 strerrordesc_np(errno),
				 errno == EPERM ? "; framebrokerd must be a member of that group, or run as root" : "");
	if (chmod(path, mode) < 0 || listen(fd, BACKLOG) < 0)
		return error_set_errno(errno, "%s", path);
	*ret_fd = fd_take(&fd);
	return 0;
}
