/* fd.c: file descriptors that close themselves. */
#include "base/fd.h"
#include <errno.h>
#include <unistd.h>

void fd_close(int *fd)
{
	int saved = errno;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int fd_take(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
