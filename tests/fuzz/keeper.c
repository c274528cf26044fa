/* keeper.c: packets and descriptors on the socket between keeper and core, read as either side does. */
#include "base/fd.h"
#include "fuzz/input.h"
#include "keeper/protocol.h"
#include <fcntl.h>
#include <sys/socket.h>

#define MAGIC 0x66626b32u

static int pair[2] = {-1, -1}, something = -1;

static void open_sockets(void)
{
	if (pair[0] >= 0)
		return;
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	something = open("/dev/null", O_RDONLY | O_CLOEXEC);
	FUZZ_CHECK(something >= 0);
}

static void send_packet(const void *bytes, size_t size, unsigned fd_count)
{
	union {
		char bytes[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	if (fd_count > 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		for (unsigned i = 0; i < fd_count; i++)
			memcpy(CMSG_DATA(rights) + i * sizeof(int), &something, sizeof(int));
	}
	FUZZ_CHECK(sendmsg(pair[0], &header, MSG_NOSIGNAL) == (ssize_t)size);
}

/* The first byte: how many descriptors, and whether the magic is put right; a message follows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t choice = input_u8(&input);
	char bytes[2 * sizeof(struct keeper_message)];
	size_t length = input.left < sizeof bytes ? input.left : sizeof bytes;
	if (length == 0)
		return 0;
	open_sockets();
	int lowest = input_lowest_fd();
	input_take(&input, bytes, length);
	if (choice & 8) { /* whole, with an end to its text, and what is left as its blob */
		size_t head = sizeof(struct keeper_message);
		uint32_t blob_size = (uint32_t)(length > head ? length - head : 0);
		memset(bytes + length, 0, sizeof bytes - length);
		length = head + blob_size;
		memcpy(bytes, &(uint32_t){MAGIC}, sizeof(uint32_t));
		memcpy(bytes + offsetof(struct keeper_message, blob_size), &blob_size, sizeof blob_size);
		bytes[head - 1] = '\0';
	}
	send_packet(bytes, length, choice & 7);
	static struct keeper_packet packet;
	if (keeper_receive(pair[1], &packet) == 0) {
		const struct keeper_message *message = &packet.message;
		FUZZ_CHECK(message->type > 0 && message->type < KEEPER_TYPE_END);
		FUZZ_CHECK(message->program < KEEPER_PROGRAM_END && message->blob_size <= KEEPER_BLOB);
		FUZZ_CHECK(strlen(message->text) < KEEPER_TEXT);
		keeper_packet_clear(&packet);
	}
	FUZZ_CHECK(input_lowest_fd() == lowest);
	return 0;
}
