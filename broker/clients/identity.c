/* identity.c: SO_PEERCRED, SO_PEERGROUPS and /proc/PID/cmdline. */
#include "clients/identity.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int read_groups(int socket, gid_t primary, gid_t **ret_groups, size_t *ret_count)
{
	socklen_t bytes = 0;
	gid_t *groups = NULL;
	if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, NULL, &bytes) < 0 && errno != ERANGE)
		return error_set_errno(errno, "cannot ask for a client's groups");
	groups = malloc(bytes + sizeof *groups);
	if (!groups)
		return error_set(ENOMEM, "no memory for a client's groups");
	if (bytes > 0 && getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) < 0) {
		free(groups);
		return error_set_errno(errno, "cannot ask for a client's groups");
	}
	size_t count = bytes / sizeof *groups;
	groups[count++] = primary;
	*ret_groups = groups;
	*ret_count = count;
	return 0;
}

int identity_of_peer(int socket, pid_t *ret_pid, uid_t *ret_uid, gid_t **ret_groups, size_t *ret_group_count)
{
	struct ucred peer;
	socklen_t bytes = sizeof peer;
	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) < 0)
		return error_set_errno(errno, "cannot ask who a client is");
	int r = read_groups(socket, peer.gid, ret_groups, ret_group_count);
	if (r < 0)
		return r;
	*ret_pid = peer.pid;
	*ret_uid = peer.uid;
	return 0;
}

static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);
	json_decref(string);
	return string != NULL;
}

void identity_command(pid_t pid, char *buffer, size_t size)
{
	char path[32];
	buffer[0] = '\0';
	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, buffer, size - 1);
	while (length > 0 && buffer[length - 1] == '\0')
		length--;
	for (ssize_t i = 0; i < length; i++) {
		if (buffer[i] == '\0')
			buffer[i] = ' ';
		else if ((unsigned char)buffer[i] < ' ' || buffer[i] == 0x7f)
			buffer[i] = '?';
	}
	buffer[length > 0 ? length : 0] = '\0';
	for (char *c = buffer; !is_utf8(buffer) && *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
}
