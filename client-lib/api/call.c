/* call.c: requests and their answers. */
#include "api/interrupt.h"
#include "api/locked.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

int64_t link_answer_deadline(int64_t deadline_ns)
{
	int64_t least = clock_deadline(NS_PER_SECOND), most = clock_deadline(CALL_TIMEOUT_NS);
	return deadline_ns < least ? least : deadline_ns > most ? most : deadline_ns;
}

static int send_request(struct fb_broker *broker, const struct request *request)
{
	struct wire_message message;
	int err = wire_decode(request->packet, request->size, &message);
	if (err < 0)
		return err;
	if (request->again)
		message.flags |= WIRE_AGAIN;
	return wire_send(broker->socket, &message, NULL, 0);
}

int link_flush(struct fb_broker *broker)
{
	if (!broker->unsent)
		return 0;
	for (struct request *request = broker->requests; request; request = request->next) {
		if (!request->unsent || request->session != broker->session)
			continue;
		int err = send_request(broker, request);
		if (err == -EPIPE)
			link_lose(broker);
		if (err < 0)
			return err;
		request->unsent = false;
	}
	broker->unsent = false;
	return 0;
}

/* With the lock held, released meanwhile: until there may be room in the peer's queue. */
static int wait_for_room(struct fb_broker *broker, int64_t deadline_ns)
{
	struct pollfd out = {.fd = broker->socket, .events = POLLOUT};
	uint32_t session = broker->session;
	if (clock_left_ns(deadline_ns) == 0)
		return error_set(ETIMEDOUT, "the broker takes no messages");
	pthread_mutex_unlock(&broker->lock);
	poll(&out, 1, 20);
	int err = interrupt_ask();
	pthread_mutex_lock(&broker->lock);
	return err < 0 || broker->session == session ? err : link_lost_error(broker);
}

void link_forget(struct fb_broker *broker, struct request *request)
{
	for (struct request **at = &broker->requests; *at; at = &(*at)->next)
		if (*at == request) {
			*at = request->next;
			break;
		}
	link_reply_free(request->reply);
	free(request);
}

/* With the lock held: gives the message its serial, and lists it. */
static int enlist(struct fb_broker *broker, struct wire_message *message, struct request **ret_request)
{
	uint8_t packet[LIMIT_MESSAGE];
	do
		message->serial = ++broker->last_serial;
	while (message->serial == 0 || message->serial == SERIAL_NOBODY);
	int size = wire_encode(message, packet, sizeof packet);
	if (size < 0)
		return size;
	struct request *request = calloc(1, sizeof *request + (size_t)size);
	if (!request)
		return error_set(ENOMEM, "no memory for a message");
	request->type = message->type;
	request->serial = message->serial;
	request->session = broker->session;
	request->size = (size_t)size;
	memcpy(request->packet, packet, (size_t)size);
	request->unsent = broker->unsent = true;
	struct request **end = &broker->requests;
	while (*end)
		end = &(*end)->next;
	*ret_request = *end = request;
	return 0;
}

/* With the lock held, released while the peer's queue is full. */
static int start(struct fb_broker *broker, struct wire_message *message, int64_t deadline_ns,
		 struct request **ret_request)
{
	struct request *request;
	int err = enlist(broker, message, &request);
	if (err < 0)
		return err;
	err = link_flush(broker);
	while (err == -EAGAIN && request->unsent) {
		err = wait_for_room(broker, deadline_ns);
		if (err == 0)
			err = link_flush(broker);
	}
	if (request->unsent) {
		link_forget(broker, request);
		return err;
	}
	*ret_request = request;
	return 0;
}

bool link_more_follows(const struct request *request)
{
	return request->reply && request->reply->message.flags & WIRE_MORE;
}

static int error_of(struct wire_packet *reply)
{
	const struct wire_message *answer = &reply->message;
	int err = error_set(answer->error ? answer->error : EIO, "%.*s", (int)answer->text_size,
			    answer->text ? answer->text : "");
	link_reply_free(reply);
	return err;
}

/* Also when nobody waits for the answer: what was opened must be given back, what was closed must be so. */
static bool must_be_heard(enum wire_type type)
{
	return type == WIRE_READER_OPEN || type == WIRE_WRITER_CLOSE;
}

/* With the lock held: nobody waits for the answer any more. */
static void drop(struct fb_broker *broker, struct request *request)
{
	struct wire_message cancel = {.type = WIRE_CANCEL, .count = request->serial};
	struct wire_packet *reply = request->reply;
	bool here = request->session == broker->session;
	bool under_way = here && (!reply || link_more_follows(request)) && (!request->unsent || request->again);
	request->reply = NULL;
	if (under_way)
		wire_send(broker->socket, &cancel, NULL, 0);
	request->orphan = under_way && must_be_heard(request->type);
	if (!request->orphan)
		link_forget(broker, request);
	if (here && reply)
		link_dispatch(broker, reply); /* as one that nobody asked for */
	else
		link_reply_free(reply);
}

/* With the lock held. -ETIMEDOUT: it is still under way. */
static int finish(struct fb_broker *broker, struct request **request_at, int64_t deadline_ns,
		  struct wire_packet **ret_reply)
{
	struct request *request = *request_at;
	int err = 0;
	while (err == 0 && !request->reply && !request->refused && request->session == broker->session)
		err = link_wait_for_news(broker, deadline_ns);
	if (err == -EINTR || (err == -ENOMEM && !request->reply)) {
		drop(broker, request);
		*request_at = NULL;
		return err;
	}
	if (request->reply)
		err = 0; /* it came at the last moment */
	else if (request->session != broker->session)
		err = link_lost_error(broker);
	else if (request->refused)
		err = error_set(EAGAIN,
				"the broker's core was replaced while it worked on this: look at the status and "
				"ask again");
	if (err == -ETIMEDOUT)
		return error_set(ETIMEDOUT, "the broker has not answered in time");
	struct wire_packet *reply = request->reply;
	bool more = link_more_follows(request);
	request->reply = NULL;
	if (!more) {
		link_forget(broker, request);
		*request_at = NULL;
	}
	if (err < 0)
		return err;
	if (reply->message.type == WIRE_ERROR)
		return error_of(reply);
	*ret_reply = reply;
	return 0;
}

int link_call_locked(struct fb_broker *broker, struct wire_message *message, int64_t deadline_ns,
		     struct wire_packet **ret_reply)
{
	struct request *request;
	int err = start(broker, message, deadline_ns, &request);
	if (err < 0)
		return err;
	err = finish(broker, &request, deadline_ns, ret_reply);
	if (err == -ETIMEDOUT) {
		drop(broker, request);
		error_set(ETIMEDOUT, "no answer to %s in time", wire_type_name(message->type));
	}
	return err;
}

static bool is_over(const struct fb_broker *broker, uint32_t session)
{
	return broker->socket < 0 || broker->session != session;
}

int link_call(struct fb_broker *broker, uint32_t session, struct wire_message *message, int64_t deadline_ns,
	      struct wire_packet **ret_reply)
{
	pthread_mutex_lock(&broker->lock);
	int err = is_over(broker, session) ? link_lost_error(broker)
					   : link_call_locked(broker, message, deadline_ns, ret_reply);
	pthread_mutex_unlock(&broker->lock);
	return err;
}

int link_start(struct fb_broker *broker, uint32_t session, struct wire_message *message, struct request **ret_request)
{
	pthread_mutex_lock(&broker->lock);
	int err = is_over(broker, session) ? link_lost_error(broker)
					   : start(broker, message, clock_deadline(100 * NS_PER_MS), ret_request);
	pthread_mutex_unlock(&broker->lock);
	return err;
}

int link_finish(struct fb_broker *broker, struct request **request, int64_t deadline_ns, struct wire_packet **ret_reply)
{
	pthread_mutex_lock(&broker->lock);
	int err = finish(broker, request, deadline_ns, ret_reply);
	pthread_mutex_unlock(&broker->lock);
	return err;
}

void link_drop(struct fb_broker *broker, struct request **request)
{
	if (!*request)
		return;
	pthread_mutex_lock(&broker->lock);
	drop(broker, *request);
	pthread_mutex_unlock(&broker->lock);
	*request = NULL;
}

void link_post_locked(struct fb_broker *broker, struct wire_message *message)
{
	struct request *request;
	if (enlist(broker, message, &request) < 0) { /* without memory: sent if there is room, and not again */
		wire_send(broker->socket, message, NULL, 0);
		return;
	}
	request->orphan = true;
	link_flush(broker);
}

void link_post(struct fb_broker *broker, uint32_t session, struct wire_message *message)
{
	pthread_mutex_lock(&broker->lock);
	if (!is_over(broker, session))
		link_post_locked(broker, message);
	pthread_mutex_unlock(&broker->lock);
}

void link_reply_free(struct wire_packet *reply)
{
	if (!reply)
		return;
	wire_packet_clear(reply);
	free(reply);
}

int link_request(struct fb_broker *broker, struct wire_message *message)
{
	uint32_t session;
	struct wire_packet *reply;
	int64_t deadline = clock_deadline(CALL_TIMEOUT_NS);
	int err = link_ensure(broker, deadline, &session);
	if (err == 0)
		err = link_call(broker, session, message, deadline, &reply);
	if (err == 0)
		link_reply_free(reply);
	return err;
}

int link_tell(struct fb_broker *broker, uint32_t session, struct wire_message *message)
{
	pthread_mutex_lock(&broker->lock);
	int64_t deadline = clock_deadline(100 * NS_PER_MS);
	int err = is_over(broker, session) ? link_lost_error(broker) : 0;
	while (err == 0) {
		err = link_flush(broker);
		if (err == 0)
			err = wire_send(broker->socket, message, NULL, 0);
		if (err != -EAGAIN)
			break;
		err = wait_for_room(broker, deadline);
	}
	pthread_mutex_unlock(&broker->lock);
	return err;
}
