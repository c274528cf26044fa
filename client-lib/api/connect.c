/* connect.c: connecting, and connecting again. */
#include "api/locked.h"
#include "base/clock.h"
#include "base/error.h"
#include "ring/abi.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With the lock held. */
static int say_hello(struct fb_broker *broker, int64_t deadline_ns)
{
	struct wire_message hello = {.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL, .abi = RING_ABI};
	snprintf(hello.name, sizeof hello.name, "%s", program_invocation_short_name);
	struct wire_packet *reply;
	int err = link_call_locked(broker, &hello, link_answer_deadline(deadline_ns), &reply);
	if (err < 0)
		return err;
	bool welcome = reply->message.type == WIRE_WELCOME && reply->message.protocol == WIRE_PROTOCOL;
	if (welcome)
		broker->number = reply->message.position;
	link_reply_free(reply);
	return welcome ? 0 : error_set(EPROTO, "the broker at %s speaks another protocol version", broker->address);
}

/* With the lock held: of older sessions, whose answers will not come. */
static void forget_orphans(struct fb_broker *broker)
{
	for (struct request *request = broker->requests, *next; request; request = next) {
		next = request->next;
		if (request->orphan)
			link_forget(broker, request);
	}
}

/* With the lock held. */
static int connect_once(struct fb_broker *broker, int64_t deadline_ns)
{
	int fd;
	broker->next_try_ns = clock_deadline(backoff_next(&broker->retry, (uint32_t)clock_monotonic_ns()));
	if (strncmp(broker->address, "fd:", 3) == 0) {
		if (broker->session > 0)
			return link_lost_error(broker);
		fd = atoi(broker->address + 3);
	} else {
		fd = wire_connect(broker->address);
	}
	broker->silent = fd == -EAGAIN; /* its queue is full */
	if (fd < 0)
		return fd;
	broker->socket = fd;
	broker->session++;
	forget_orphans(broker);
	int err = say_hello(broker, deadline_ns);
	broker->silent = err < 0;
	if (err == 0)
		backoff_reset(&broker->retry);
	else if (broker->socket >= 0)
		link_lose(broker);
	return err;
}

static bool worth_a_retry(const struct fb_broker *broker, int err)
{
	return strncmp(broker->address, "fd:", 3) != 0 &&
	       (err == -ENOENT || err == -ECONNREFUSED || err == -EAGAIN || err == -EPIPE || err == -ETIMEDOUT);
}

static int time_is_over(const struct fb_broker *broker)
{
	return broker->silent
		       ? error_set(ETIMEDOUT,
				   "the broker at %s does not answer: framebrokerd runs there, its log tells why",
				   broker->address)
		       : error_set(ETIMEDOUT, "no broker answers at %s: start framebrokerd, or set FRAMEBROKER_SOCKET",
				   broker->address);
}

int link_ensure(struct fb_broker *broker, int64_t deadline_ns, uint32_t *ret_session)
{
	int err = 0;
	pthread_mutex_lock(&broker->lock);
	if (broker->socket >= 0 && broker->polled < 0)
		link_receive_all(broker); /* its end may be among it */
	while (broker->socket < 0) {
		if (clock_left_ns(broker->next_try_ns) == 0) {
			err = connect_once(broker, deadline_ns);
			if (err == 0 || !worth_a_retry(broker, err))
				break;
		}
		if (clock_left_ns(deadline_ns) == 0) {
			err = time_is_over(broker);
			break;
		}
		err = link_sleep(broker, broker->next_try_ns < deadline_ns ? broker->next_try_ns : deadline_ns);
		if (err == -EINTR)
			break;
		err = 0;
	}
	if (err == 0)
		*ret_session = broker->session;
	pthread_mutex_unlock(&broker->lock);
	return err;
}
