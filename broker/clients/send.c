/* send.c: what a client does not take at once waits here, in order.
 *
 * The kernel counts descriptors that are under way for each user and refuses more at a limit that all clients of that
 * user share: so a message with descriptors is sent only when the client has read everything before it. */
#include "clients/send.h"
#include "base/clock.h"
#include "base/error.h"
#include "clients/outgoing.h"
#include "wire/connection.h"
#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#define RETRY_FIRST_NS (1 * NS_PER_MS)
#define RETRY_MAX_NS (100 * NS_PER_MS)

static bool has_read_everything(const struct client *client)
{
	int unread = 0;
	return ioctl(client->fd, SIOCOUTQ, &unread) < 0 || unread == 0;
}

/* A client that has closed its side gets nothing more, but what it said before is still read, up to its end. */
static int send_now(struct client *client, const struct wire_message *message, const int *fds, size_t fd_count)
{
	if (fd_count > 0 && !has_read_everything(client))
		return -EAGAIN;
	int r = wire_send(client->fd, message, fds, fd_count);
	return r == -EPIPE ? 0 : r;
}

/* While something waits, nothing more is read. The timer stands for what no event tells: that descriptors were taken.
 */
static void watch_again(struct client *client)
{
	struct control *control = client->control;
	bool by_timer = client->out && client->out->fd_count > 0;
	loop_rewatch(control->loop, client->fd, !client->out ? EPOLLIN : by_timer ? 0 : EPOLLOUT);
	if (by_timer) {
		loop_timer_set(control->flush, control->flush_delay_ns);
		if (control->flush_delay_ns < RETRY_MAX_NS)
			control->flush_delay_ns *= 2;
	}
}

static void lose(struct client *client, int err)
{
	client->hung_up = err == -EPIPE;
	client_disconnect(client);
}

void client_flush(struct client *client)
{
	int r = 0;
	while (!client->gone && client->out) {
		struct outgoing *outgoing = client->out;
		r = send_now(client, &outgoing->message, outgoing->fds, outgoing->fd_count);
		if (r < 0)
			break;
		client->out = outgoing->next;
		if (!client->out)
			client->out_end = &client->out;
		client->out_bytes -= outgoing->size;
		outgoing_free(outgoing);
	}
	if (r < 0 && r != -EAGAIN)
		lose(client, r);
	if (!client->gone)
		watch_again(client);
}

static void enqueue(struct client *client, const struct wire_message *message, const int *fds, size_t fd_count)
{
	struct outgoing *outgoing = outgoing_copy(message, fds, fd_count);
	if (!outgoing || client->out_bytes + outgoing->size > LIMIT_OUT_QUEUE) {
		client_log(client,
			   outgoing ? "takes no messages: disconnected" : "no memory for its replies: disconnected");
		if (outgoing)
			outgoing_free(outgoing);
		client_disconnect(client);
		return;
	}
	*client->out_end = outgoing;
	client->out_end = &outgoing->next;
	client->out_bytes += outgoing->size;
	client->control->flush_delay_ns = RETRY_FIRST_NS;
	watch_again(client);
}

void client_send(struct client *client, const struct wire_message *message, const int *fds, size_t fd_count)
{
	client->control->keep(client->control);
	if (client->gone)
		return;
	int r = client->out ? -EAGAIN : send_now(client, message, fds, fd_count);
	if (r == -EAGAIN)
		enqueue(client, message, fds, fd_count);
	else if (r < 0)
		lose(client, r);
}

void client_send_error(struct client *client, uint32_t serial, int err)
{
	const char *text = error_text();
	struct wire_message message = {
		.type = WIRE_ERROR, .serial = serial, .error = -err, .text = text, .text_size = strlen(text)};
	client_send(client, &message, NULL, 0);
}

void client_send_done(struct client *client, uint32_t serial)
{
	client_send(client, &(struct wire_message){.type = WIRE_DONE, .serial = serial}, NULL, 0);
}
