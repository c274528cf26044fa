/* protocol.c: the messages between keeper and core. */
#include "keeper/protocol.h"
#include "base/error.h"
#include "base/fd.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define MAGIC 0x66626b31u /* "fbk1": keeper and core of one version belong together */

static_assert(sizeof(struct keeper_message) == 7 * 4 + KEEPER_TEXT, "no padding: nothing of our memory leaks into it");

union control { /* room for the descriptors, aligned as the kernel wants it */
	char bytes[CMSG_SPACE(KEEPER_FDS * sizeof(int))];
	struct cmsghdr align;
};

int keeper_send(int socket, const struct keeper_message *message, const int *fds, size_t fd_count)
{
	struct keeper_message sent = *message;
	sent.magic = MAGIC;
	struct iovec bytes = {.iov_base = &sent, .iov_len = sizeof sent};
	struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
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
	return error_set_errno(errno == ECONNRESET ? EPIPE : errno, "a message between keeper and core");
}

/* Takes the descriptors out of the control data, whatever else is wrong with the message, so that none leaks. */
static void take_fds(struct msghdr *header, int ret_fds[KEEPER_FDS])
{
	for (struct cmsghdr *passed = CMSG_FIRSTHDR(header); passed; passed = CMSG_NXTHDR(header, passed))
		if (passed->cmsg_level == SOL_SOCKET && passed->cmsg_type == SCM_RIGHTS)
			memcpy(ret_fds, CMSG_DATA(passed), passed->cmsg_len - CMSG_LEN(0));
}

int keeper_receive(int socket, struct keeper_message *ret_message, int ret_fds[KEEPER_FDS])
{
	struct keeper_message message;
	struct iovec bytes = {.iov_base = &message, .iov_len = sizeof message};
	union control control;
	struct msghdr header = {.msg_iov = &bytes,
				.msg_iovlen = 1,
				.msg_control = control.bytes,
				.msg_controllen = sizeof control.bytes};
	ssize_t size = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size == 0 || (size < 0 && errno == ECONNRESET))
		return error_set(EPIPE, "its socket was closed");
	if (size < 0)
		return error_set_errno(errno, "a message between keeper and core");
	int fds[KEEPER_FDS] = {-1, -1};
	take_fds(&header, fds);
	if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (size_t)size != sizeof message || message.magic != MAGIC ||
	    message.type == 0 || message.type >= KEEPER_TYPE_END || message.program >= KEEPER_PROGRAM_END ||
	    !memchr(message.text, '\0', sizeof message.text)) {
		for (size_t i = 0; i < KEEPER_FDS; i++)
			fd_close(&fds[i]);
		return error_set(EPROTO, "not a message between keeper and core; are both of the same version?");
	}
	*ret_message = message;
	memcpy(ret_fds, fds, sizeof fds);
	return 0;
}
