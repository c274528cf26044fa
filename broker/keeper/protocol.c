/* protocol.c: the messages between keeper and core. */
#include "keeper/protocol.h"
#include "base/error.h"
#include "base/fd.h"
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define MAGIC 0x66626b32u /* "fbk2": keeper and core of one version belong together */

static_assert(sizeof(struct keeper_message) == 8 * 4 + 8 + KEEPER_TEXT,
	      "no padding: nothing of our memory leaks into it");

union control { /* room for the descriptors, aligned as the kernel wants it */
	char bytes[CMSG_SPACE(KEEPER_FDS * sizeof(int))];
	struct cmsghdr align;
};

int keeper_send(int socket, const struct keeper_message *message, const int *fds, size_t fd_count)
{
	return keeper_send_blob(socket, message, NULL, 0, fds, fd_count);
}

/* What there is no room for now goes later; nothing was sent. */
static int send_error(int err)
{
	return err == ECONNRESET ? EPIPE : err == ENOBUFS || err == ETOOMANYREFS ? EAGAIN : err;
}

int keeper_send_blob(int socket, const struct keeper_message *message, const void *blob, size_t blob_size,
		     const int *fds, size_t fd_count)
{
	if (blob_size > KEEPER_BLOB || fd_count > KEEPER_FDS)
		return error_set(EMSGSIZE, "%zu bytes and %zu descriptors are too many for one record", blob_size,
				 fd_count);
	struct keeper_message sent = *message;
	sent.magic = MAGIC;
	sent.blob_size = (uint32_t)blob_size;
	struct iovec bytes[] = {{.iov_base = &sent, .iov_len = sizeof sent},
				{.iov_base = (void *)blob, .iov_len = blob_size}};
	struct msghdr header = {.msg_iov = bytes, .msg_iovlen = 2};
	union control control = {0};
	if (fd_count) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		struct cmsghdr *passed = CMSG_FIRSTHDR(&header);
		passed->cmsg_level = SOL_SOCKET;
		passed->cmsg_type = SCM_RIGHTS;
		passed->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(passed), fds, fd_count * sizeof(int));
	}
	if (sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	return error_set_errno(send_error(errno), "a message between keeper and core");
}

/* Takes the descriptors out of the control data, whatever else is wrong with the message, so that none leaks. */
static void take_fds(struct msghdr *header, struct keeper_packet *packet)
{
	packet->fd_count = 0;
	for (size_t i = 0; i < KEEPER_FDS; i++)
		packet->fds[i] = -1;
	for (struct cmsghdr *passed = CMSG_FIRSTHDR(header); passed; passed = CMSG_NXTHDR(header, passed)) {
		if (passed->cmsg_level != SOL_SOCKET || passed->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(packet->fds, CMSG_DATA(passed), passed->cmsg_len - CMSG_LEN(0));
		packet->fd_count = (passed->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	}
}

void keeper_packet_clear(struct keeper_packet *packet)
{
	for (size_t i = 0; i < packet->fd_count; i++)
		fd_close(&packet->fds[i]);
	packet->fd_count = 0;
}

static bool is_good(const struct keeper_message *message, size_t size)
{
	return size >= sizeof *message && message->magic == MAGIC && message->blob_size == size - sizeof *message &&
	       message->type > 0 && message->type < KEEPER_TYPE_END && message->program < KEEPER_PROGRAM_END &&
	       memchr(message->text, '\0', sizeof message->text);
}

int keeper_receive(int socket, struct keeper_packet *ret_packet)
{
	struct iovec bytes[] = {{.iov_base = &ret_packet->message, .iov_len = sizeof ret_packet->message},
				{.iov_base = ret_packet->blob, .iov_len = sizeof ret_packet->blob}};
	union control control;
	struct msghdr header = {.msg_iov = bytes,
				.msg_iovlen = 2,
				.msg_control = control.bytes,
				.msg_controllen = sizeof control.bytes};
	ret_packet->fd_count = 0;
	ssize_t size = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size == 0 || (size < 0 && errno == ECONNRESET))
		return error_set(EPIPE, "its socket was closed");
	if (size < 0)
		return error_set_errno(errno, "a message between keeper and core");
	take_fds(&header, ret_packet);
	if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		keeper_packet_clear(ret_packet);
	if (header.msg_flags & MSG_TRUNC || !is_good(&ret_packet->message, (size_t)size)) {
		keeper_packet_clear(ret_packet);
		return error_set(EPROTO, "not a message between keeper and core; are both of the same version?");
	}
	if (header.msg_flags & MSG_CTRUNC)
		return error_set(EMFILE, "no descriptors are left for a message between keeper and core: raise the "
					 "limit of open files (ulimit -n)");
	return 0;
}
