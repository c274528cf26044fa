/* link.c: a client's connection: calls, waiting and connecting again. */
#include "api/link.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "ring/abi.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RETRY_FIRST_NS (20 * NS_PER_MS)
#define RETRY_MAX_NS (500 * NS_PER_MS)

int link_create(const char *address, struct fb_broker **ret_broker)
{
	struct fb_broker *broker = calloc(1, sizeof *broker);
	char *copy = strdup(address);
	if (!broker || !copy) {
		free(broker);
		free(copy);
		return error_set(ENOMEM, "no memory for a connection");
	}
	broker->refs = 1;
	broker->address = copy;
	broker->socket = -1;
	broker->retry = (struct backoff){.first_ns = RETRY_FIRST_NS, .max_ns = RETRY_MAX_NS};
	pthread_mutex_init(&broker->lock, NULL);
	pthread_cond_init(&broker->changed, NULL);
	fork_list_add(broker);
	*ret_broker = broker;
	return 0;
}

struct fb_broker *link_ref(struct fb_broker *broker)
{
	atomic_fetch_add(&broker->refs, 1);
	return broker;
}

void link_unref(struct fb_broker *broker)
{
	if (!broker || atomic_fetch_sub(&broker->refs, 1) != 1)
		return;
	fork_list_remove(broker);
	fd_close(&broker->socket);
	pthread_mutex_destroy(&broker->lock);
	pthread_cond_destroy(&broker->changed);
	free(broker->address);
	free(broker->new_job);
	free(broker);
}

/* With the lock held: the connection is gone; everybody who waits learns it. A thread that sits in poll() wakes up and
 * closes the socket itself, so that the number stands for nothing else meanwhile. */
static void lose(struct fb_broker *broker)
{
	shutdown(broker->socket, SHUT_RDWR);
	if (broker->receiving)
		broker->socket = -1;
	else
		fd_close(&broker->socket);
	broker->session++;
	pthread_cond_broadcast(&broker->changed);
}

static int lost_error(const struct fb_broker *broker)
{
	return error_set(EPIPE, "the connection to the broker at %s was lost", broker->address);
}

/* With the lock held: receives one packet, if there is one. */
static int receive_one(struct fb_broker *broker)
{
	struct wire_packet *packet = malloc(sizeof *packet);
	if (!packet)
		return error_set(ENOMEM, "no memory for a message");
	int err = wire_receive(broker->socket, packet, true);
	if (err < 0) {
		free(packet);
		if (err != -EAGAIN)
			lose(broker);
		return err;
	}
	link_dispatch(broker, packet);
	pthread_cond_broadcast(&broker->changed);
	return 0;
}

/* With the lock held: receives what is there. */
static void receive_all(struct fb_broker *broker)
{
	while (receive_one(broker) == 0)
		continue;
}

/* With the lock held, released meanwhile: sleeps until something has been received, by this thread or another, or
 * until the receiving thread leaves: then one of the others receives. */
static int wait_for_news(struct fb_broker *broker, int64_t deadline_ns)
{
	if (broker->receiving) {
		struct timespec until = clock_timespec(deadline_ns);
		pthread_cond_clockwait(&broker->changed, &broker->lock, CLOCK_MONOTONIC, &until);
	} else {
		struct pollfd in = {.fd = broker->socket, .events = POLLIN};
		broker->receiving = true;
		pthread_mutex_unlock(&broker->lock);
		int ready = poll(&in, 1, clock_left_ms(deadline_ns));
		pthread_mutex_lock(&broker->lock);
		broker->receiving = false;
		if (broker->socket != in.fd)
			fd_close(&in.fd); /* lost meanwhile */
		else if (ready > 0)
			receive_all(broker);
		pthread_cond_broadcast(&broker->changed);
	}
	return deadline_ns != DEADLINE_NEVER && clock_left_ns(deadline_ns) == 0 ? -ETIMEDOUT : 0;
}

/* With the lock held, released while the peer's queue is full. */
static int send_message(struct fb_broker *broker, const struct wire_message *message, int64_t deadline_ns)
{
	for (;;) {
		int err = wire_send(broker->socket, message, NULL, 0);
		if (err != -EAGAIN) {
			if (err == -EPIPE)
				lose(broker);
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
			return lost_error(broker);
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
		err = wait_for_news(broker, deadline_ns);
	if (request->reply)
		err = 0; /* it came at the last moment */
	else if (request->session != broker->session)
		err = lost_error(broker);
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
static int call_locked(struct fb_broker *broker, struct wire_message *message, int64_t deadline_ns,
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
			  ? lost_error(broker)
			  : call_locked(broker, message, deadline_ns, ret_reply);
	pthread_mutex_unlock(&broker->lock);
	return err;
}

int link_start(struct fb_broker *broker, uint32_t session, struct wire_message *message, struct request *ret_request)
{
	pthread_mutex_lock(&broker->lock);
	int err = broker->socket < 0 || broker->session != session
			  ? lost_error(broker)
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
			  ? lost_error(broker)
			  : send_message(broker, message, clock_deadline(100 * NS_PER_MS));
	pthread_mutex_unlock(&broker->lock);
	return err;
}

int link_poll(struct fb_broker *broker, uint32_t session)
{
	pthread_mutex_lock(&broker->lock);
	if (broker->socket >= 0 && broker->session == session && !broker->receiving)
		receive_all(broker);
	int err = broker->socket < 0 || broker->session != session ? lost_error(broker) : 0;
	pthread_mutex_unlock(&broker->lock);
	return err;
}

int link_wait(struct fb_broker *broker, uint32_t session, const bool *flag, int64_t deadline_ns)
{
	int err = 0;
	pthread_mutex_lock(&broker->lock);
	while (!*flag && err == 0) {
		if (broker->socket < 0 || broker->session != session)
			err = lost_error(broker);
		else
			err = wait_for_news(broker, deadline_ns);
	}
	if (*flag)
		err = 0;
	pthread_mutex_unlock(&broker->lock);
	return err;
}

/* ---- connecting ---- */

int64_t link_answer_deadline(int64_t deadline_ns)
{
	int64_t least = clock_deadline(NS_PER_SECOND), most = clock_deadline(CALL_TIMEOUT_NS);
	return deadline_ns < least ? least : deadline_ns > most ? most : deadline_ns;
}

/* With the lock held. */
static int say_hello(struct fb_broker *broker, int64_t deadline_ns)
{
	struct wire_message hello = {.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL, .abi = RING_ABI};
	snprintf(hello.name, sizeof hello.name, "%s", program_invocation_short_name);
	struct wire_packet *reply;
	int err = call_locked(broker, &hello, link_answer_deadline(deadline_ns), &reply);
	if (err < 0)
		return err;
	bool welcome = reply->message.type == WIRE_WELCOME && reply->message.protocol == WIRE_PROTOCOL;
	link_reply_free(reply);
	return welcome ? 0 : error_set(EPROTO, "the broker at %s speaks another protocol version", broker->address);
}

/* With the lock held. */
static int connect_once(struct fb_broker *broker, int64_t deadline_ns)
{
	int fd;
	broker->next_try_ns = clock_deadline(backoff_next(&broker->retry, (uint32_t)clock_monotonic_ns()));
	if (strncmp(broker->address, "fd:", 3) == 0) {
		if (broker->session > 0)
			return lost_error(broker);
		fd = atoi(broker->address + 3);
	} else {
		fd = wire_connect(broker->address);
	}
	if (fd < 0)
		return fd;
	broker->socket = fd;
	broker->session++;
	int err = say_hello(broker, deadline_ns);
	if (err == 0)
		backoff_reset(&broker->retry);
	else if (broker->socket >= 0)
		lose(broker);
	return err;
}

static bool worth_a_retry(const struct fb_broker *broker, int err)
{
	return strncmp(broker->address, "fd:", 3) != 0 &&
	       (err == -ENOENT || err == -ECONNREFUSED || err == -EAGAIN || err == -EPIPE || err == -ETIMEDOUT);
}

int link_ensure(struct fb_broker *broker, int64_t deadline_ns, uint32_t *ret_session)
{
	int err = 0;
	pthread_mutex_lock(&broker->lock);
	if (broker->socket >= 0 && !broker->receiving)
		receive_all(broker); /* its end may be among it */
	while (broker->socket < 0) {
		if (clock_left_ns(broker->next_try_ns) == 0) {
			err = connect_once(broker, deadline_ns);
			if (err == 0 || !worth_a_retry(broker, err))
				break;
		}
		if (clock_left_ns(deadline_ns) == 0) {
			err = error_set(ETIMEDOUT,
					"no broker answers at %s: start framebrokerd, or set FRAMEBROKER_SOCKET",
					broker->address);
			break;
		}
		err = 0;
		struct timespec until =
			clock_timespec(broker->next_try_ns < deadline_ns ? broker->next_try_ns : deadline_ns);
		pthread_cond_clockwait(&broker->changed, &broker->lock, CLOCK_MONOTONIC, &until);
	}
	if (err == 0)
		*ret_session = broker->session;
	pthread_mutex_unlock(&broker->lock);
	return err;
}

void link_subscribe(struct fb_broker *broker, struct subscriber *subscriber)
{
	pthread_mutex_lock(&broker->lock);
	subscriber->next = broker->subscribers;
	broker->subscribers = subscriber;
	pthread_mutex_unlock(&broker->lock);
}

void link_unsubscribe(struct fb_broker *broker, struct subscriber *subscriber)
{
	pthread_mutex_lock(&broker->lock);
	for (struct subscriber **at = &broker->subscribers; *at; at = &(*at)->next)
		if (*at == subscriber) {
			*at = subscriber->next;
			break;
		}
	pthread_mutex_unlock(&broker->lock);
}
