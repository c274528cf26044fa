/* reply.c: a text from the broker; where it is long it comes as a memfd that is checked to be sealed before it is read.
 */
#include "api/reply.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_WRITE)

static int read_memfd(int fd, size_t size, char **ret_text)
{
	int seals = fcntl(fd, F_GET_SEALS);
	if (size > LIMIT_REPLY || seals < 0 || (seals & SEALS) != SEALS)
		return error_set(EPROTO, "the broker's text is too long or not sealed");
	char *text = malloc(size + 1);
	if (!text)
		return error_set(ENOMEM, "no memory for a text of %zu bytes", size);
	size_t at = 0;
	while (at < size) {
		ssize_t got = pread(fd, text + at, size - at, (off_t)at);
		if (got <= 0) {
			free(text);
			return error_set(EPROTO, "the broker's text is shorter than it says");
		}
		at += (size_t)got;
	}
	text[size] = '\0';
	*ret_text = text;
	return 0;
}

int reply_check_fds(const struct wire_packet *packet)
{
	return packet->fds_lost
		       ? error_set(EMFILE, "this process has no room for the descriptors of the broker's memory: close "
					   "some, or raise its limit (ulimit -n)")
		       : 0;
}

int reply_read(const struct wire_packet *packet, char **ret_text)
{
	const struct wire_message *message = &packet->message;
	if (message->type != WIRE_TEXT)
		return error_set(EPROTO, "the broker answered with %s", wire_type_name(message->type));
	int err = reply_check_fds(packet);
	if (err < 0)
		return err;
	if (packet->fd_count == 1)
		return read_memfd(packet->fds[0], message->count, ret_text);
	char *text = message->text ? strndup(message->text, message->text_size) : strdup("");
	if (!text)
		return error_set(ENOMEM, "no memory for a text");
	*ret_text = text;
	return 0;
}

int reply_text(struct fb_broker *broker, struct wire_message *request, int64_t deadline_ns, char **ret_text)
{
	uint32_t session;
	struct wire_packet *reply;
	int err = link_ensure(broker, deadline_ns, &session);
	if (err == 0)
		err = link_call(broker, session, request, deadline_ns, &reply);
	if (err < 0)
		return err;
	err = reply_read(reply, ret_text);
	link_reply_free(reply);
	return err;
}
