/* notify.c: tells whoever started the broker how far it is. */
#include "keeper/notify.h"
#include "base/fd.h"
#include "base/log.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_service(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (!path || strlen(path) < 2 || strlen(path) >= sizeof address.sun_path)
		return;
	strcpy(address.sun_path, path);
	if (path[0] == '@') /* a name that is not in the file system */
		address.sun_path[0] = '\0';
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	FD_AUTO fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, size) < 0)
		log_warning("keeper", "the service manager at %s was not told %s", path, state);
}

void notify_parent(int *fd)
{
	static const char ready[] = "ready\n";
	if (*fd >= 0 && write(*fd, ready, sizeof ready - 1) < 0)
		log_warning("keeper", "the parent did not wait until the broker was ready");
	fd_close(fd);
}
