/* call.c: requests and their answers. */
#include "api/locked.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

int64_t link_answer_deadline(int64_t deadline_ns)
{
	int64_t least = clock_deadline(NS_PER_SECOND), most = clock_deadline(CALL_TIMEOUT_NS);
	return deadline_ns < least ? least : deadline_ns > most ? most : deadline_ns;
}

/* With the lock held, released while the peer's queue is full. */
static int send_message(struct fb_broker *broker, const struct wire_message *message, int64_t deadline_ns)
{
	for (;;) {
		int err = wire_send(broker->socket, message, NULL, 0);
		if (err != -EAGAIN) {
			if (err == -EPIPE)
				link_lose(broker);
			return err;
		}
		if (clock_left_ns(deadline_ns) == 0)
			return error_set(ETIMEDOUT, "the broker takes no messages");
		struct pollfd out = {.fd = broker->socket, .events = POLLOUT};
		uint32_t session = broker->session;
		pthread_mutex_unlock(&broker->lock);
		poll(&out, 1, 20);
		pthread_mutex_lock(&broker->lock);
		if (broker->session != session)
			return link_lost_error(broker);
	}
}

static void forget(struct fb_broker *broker, struct request *request)
{
	for (struct request **at = &broker->requests; *at; at = &(*at)->next)
		if (*at == request) {
			*at = request->next;
			return;
		}
}

/* With the lock held. */
static int start(struct fb_broker *broker, struct wire_message *message, int64_t deadline_ns,
		 struct request *ret_request)
{
	*ret_request = (struct request){.next = broker->requests,
					.serial = ++broker->last_serial ? broker->last_serial : ++broker->last_serial,
					.session = broker->session};
	message->serial = ret_request->serial;
	broker->requests = ret_request;
	int err = send_message(broker, message, deadline_ns);
	if (err < 0)
		forget(broker, ret_request);
	return err;
}

bool link_more_follows(const struct request *request)
{
	return request->reply && request->reply->message.flags & WIRE_MORE;
}

/* With the lock held. -ETIMEDOUT: it is still under way. */
static int finish(struct fb_broker *broker, struct request *request, int64_t deadline_ns,
		  struct wire_packet **ret_reply)
{
	int err = 0;
	while (err == 0 && !request->reply && request->session == broker->session)
		err = link_wait_for_news(broker, deadline_ns);
	if (request->reply)
		err = 0; /* it came at the last moment */
	else if (request->session != broker->session)
		err = link_lost_error(broker);
	if (err == -ETIMEDOUT)
		return error_set(ETIMEDOUT, "the broker has not answered in time");
	if (!link_more_follows(request))
		forget(broker, request);
	if (err < 0)
		return err;
	struct wire_packet *reply = request->reply;
	const struct wire_message *answer = &reply->message;
	request->reply = NULL;
	if (answer->type == WIRE_ERROR) {
		err = error_set(answer->error ? answer->error : EIO, "%.*s", (int)answer->text_size,
				answer->text ? answer->text : "");
		link_reply_free(reply);
		return err;
	}
	*ret_reply = reply;
	return 0;
}

/* With the lock held: nobody waits for the answer any more. */
static void drop(struct fb_broker *broker, struct request *request)
{
	struct wire_message cancel = {.type = WIRE_CANCEL, .count = request->serial};
	forget(broker, request);
	bool here = request->session == broker->session;
	if (here && (!request->reply || link_more_follows(request)))
		wire_send(broker->socket, &cancel, NULL, 0);
	if (here && request->reply)
		link_dispatch(broker, request->reply); /* as one that nobody asked for */
	else
		link_reply_free(request->reply);
}

/* With the lock held. */
int link_call_locked(struct fb_broker *broker, struct wire_message *message, int64_t deadline_ns,
		     struct wire_packet **ret_reply)
{
	struct request request;
	int err = start(broker, message, deadline_ns, &request);
	if (err < 0)
		return err;
	err = finish(broker, &request, deadline_ns, ret_reply);
	if (err == -ETIMEDOUT) {
		drop(broker, &request);
		error_set(ETIMEDOUT, "no answer to %s in time", wire_type_name(message->type));
	}
	return err;
}

int link_call(struct fb_broker *broker, uint32_t session, struct wire_message *message, int64_t deadline_ns,
	      struct wire_packet **ret_reply)
{
	pthread_mutex_lock(&broker->lock);
	int err = broker->socket < 0 || broker->session != session
			  ? link_lost_error(broker)
			  : link_call_locked(broker, message, deadline_ns, ret_reply);
	pthread_mutex_unlock(&broker->lock);
	return err;
}

int link_start(struct fb_broker *broker, uint32_t session, struct wire_message *message, struct request *ret_request)
{
	pthread_mutex_lock(&broker->lock);
	int err = broker->socket < 0 || broker->session != session
			  ? link_lost_error(broker)
			  : start(broker, message, clock_deadline(100 * NS_PER_MS), ret_request);
	pthread_mutex_unlock(&broker->lock);
	return err;
}

int link_finish(struct fb_broker *broker, struct request *request, int64_t deadline_ns, struct wire_packet **ret_reply)
{
	pthread_mutex_lock(&broker->lock);
	int err = finish(broker, request, deadline_ns, ret_reply);
	pthread_mutex_unlock(&broker->lock);
	return err;
}

void link_drop(struct fb_broker *broker, struct request *request)
{
	pthread_mutex_lock(&broker->lock);
	drop(broker, request);
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
	int err = broker->socket < 0 || broker->session != session
			  ? link_lost_error(broker)
			  : send_message(broker, message, clock_deadline(100 * NS_PER_MS));
	pthread_mutex_unlock(&broker->lock);
	return err;
}
