/* outgoing.h: a message that waits to be sent. */
#ifndef FRAMEBROKER_CLIENTS_OUTGOING_H
#define FRAMEBROKER_CLIENTS_OUTGOING_H
#include "wire/message.h"

struct outgoing {
	struct outgoing *next;
	struct wire_message message; /* text and layout lie in bytes */
	int fds[LIMIT_MESSAGE_FDS];
	size_t fd_count, size;
	char bytes[];
};

/* With copies of the descriptors. NULL: no memory, or no descriptors. */
struct outgoing *outgoing_copy(const struct wire_message *message, const int *fds, size_t fd_count);
void outgoing_free(struct outgoing *outgoing); /* NULL is fine */

#endif
