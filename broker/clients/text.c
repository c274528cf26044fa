/* text.c: puts long texts into a memfd that nobody can change. */
#include "clients/text.h"
#include "base/error.h"
#include "base/fd.h"
#include "clients/send.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define INLINE_MAX (LIMIT_MESSAGE - 64)

static int write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, text, size);
		if (written < 0 && errno != EINTR)
			return error_set_errno(errno, "cannot write a reply of %zu bytes", size);
		if (written > 0) {
			text += written;
			size -= (size_t)written;
		}
	}
	return 0;
}

int client_send_text(struct client *client, uint32_t serial, const char *text, size_t size)
{
	struct wire_message message = {.type = WIRE_TEXT, .serial = serial};
	if (size <= INLINE_MAX) {
		message.text = text;
		message.text_size = size;
		client_send(client, &message, NULL, 0);
		return 0;
	}
	if (size > LIMIT_REPLY)
		return error_set(EMSGSIZE, "a reply of %zu bytes is more than %u", size, LIMIT_REPLY);
	FD_AUTO fd = memfd_create("framebroker reply", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return error_set_errno(errno, "no memfd for a reply of %zu bytes", size);
	int r = write_all(fd, text, size);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return error_set_errno(errno, "cannot seal a reply");
	message.count = (uint32_t)size;
	client_send(client, &message, &fd, 1);
	return 0;
}
