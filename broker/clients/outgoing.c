/* outgoing.c: copies of messages and of their descriptors. */
#include "clients/outgoing.h"
#include "base/fd.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

void outgoing_free(struct outgoing *outgoing)
{
	for (size_t i = 0; outgoing && i < outgoing->fd_count; i++)
		fd_close(&outgoing->fds[i]);
	free(outgoing);
}

struct outgoing *outgoing_copy(const struct wire_message *message, const int *fds, size_t fd_count)
{
	size_t bytes = message->text_size + message->layout_size;
	struct outgoing *outgoing = malloc(sizeof *outgoing + bytes);
	if (!outgoing)
		return NULL;
	outgoing->next = NULL;
	outgoing->message = *message;
	outgoing->size = sizeof(struct wire_message) + bytes;
	outgoing->fd_count = 0;
	if (message->text_size > 0)
		outgoing->message.text = memcpy(outgoing->bytes, message->text, message->text_size);
	if (message->layout_size > 0)
		outgoing->message.layout =
			memcpy(outgoing->bytes + message->text_size, message->layout, message->layout_size);
	for (size_t i = 0; i < fd_count; i++) {
		outgoing->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (outgoing->fds[i] < 0) {
			outgoing_free(outgoing);
			return NULL;
		}
		outgoing->fd_count++;
	}
	return outgoing;
}
