/* connection.c: one packet, one message, and its descriptors; never a wait. */
#include "wire/connection.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FD_SPACE CMSG_SPACE(sizeof(int) * LIMIT_MESSAGE_FDS)

int wire_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path)
		return error_set(ENAMETOOLONG, "socket path %s: longer than %zu bytes", path,
				 sizeof address.sun_path - 1);
	strcpy(address.sun_path, path);
	FD_AUTO fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set_errno(errno, "socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd_take(&fd);
	if (errno == EACCES)
		return error_set(EACCES,
				 "%s is not open to this user: join the group of the socket (broker.socket_group)",
				 path);
	return error_set_errno(errno, "no broker at %s", path);
}

static int send_error(int err)
{
	switch (err) {
	case EAGAIN:
	case ENOBUFS:
	case ETOOMANYREFS:
		return -EAGAIN;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return error_set(EPIPE, "the other side closed the connection");
	default:
		return error_set_errno(err, "sendmsg");
	}
}

int wire_send(int socket, const struct wire_message *message, const int *fds, size_t fd_count)
{
	uint8_t buffer[LIMIT_MESSAGE];
	int size = wire_encode(message, buffer, sizeof buffer);
	if (size < 0)
		return size;
	if (fd_count > LIMIT_MESSAGE_FDS)
		return error_set(EMSGSIZE, "%zu descriptors in one message: at most %d", fd_count, LIMIT_MESSAGE_FDS);

	struct iovec part = {.iov_base = buffer, .iov_len = (size_t)size};
	_Alignas(struct cmsghdr) char control[FD_SPACE];
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	if (fd_count) {
		memset(control, 0, sizeof control);
		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * fd_count);
	}
	ssize_t sent;
	do
		sent = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? send_error(errno) : 0;
}

static void collect_fds(struct msghdr *header, struct wire_packet *packet)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
			if (packet->fd_count < LIMIT_MESSAGE_FDS)
				packet->fds[packet->fd_count++] = fd;
			else
				close(fd);
		}
	}
}

int wire_receive(int socket, struct wire_packet *ret_packet, bool accept_fds)
{
	_Alignas(struct cmsghdr) char control[FD_SPACE];
	struct iovec part = {.iov_base = ret_packet->buffer, .iov_len = sizeof ret_packet->buffer};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	if (accept_fds) {
		header.msg_control = control;
		header.msg_controllen = sizeof control;
	}
	ret_packet->fd_count = 0;
	ret_packet->fds_lost = false;
	ssize_t size;
	do /* ECONNRESET comes once, and before what is still to be read: the other side closed without reading all */
		size = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (size < 0 && (errno == EINTR || errno == ECONNRESET));
	if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -EAGAIN;
	if (size <= 0)
		return error_set(EPIPE, "the other side closed the connection");
	collect_fds(&header, ret_packet);
	int err = 0;
	if (header.msg_flags & MSG_TRUNC)
		err = error_set(EPROTO, "a message of more than %d bytes", LIMIT_MESSAGE);
	else if (header.msg_flags & MSG_CTRUNC && !accept_fds)
		err = error_set(EPROTO, "descriptors that were not expected");
	else
		err = wire_decode(ret_packet->buffer, (size_t)size, &ret_packet->message);
	ret_packet->fds_lost = header.msg_flags & MSG_CTRUNC;
	if (err < 0 || ret_packet->fds_lost)
		wire_packet_clear(ret_packet);
	return err;
}

void wire_packet_clear(struct wire_packet *packet)
{
	for (size_t i = 0; i < packet->fd_count; i++)
		fd_close(&packet->fds[i]);
	packet->fd_count = 0;
}
