/* server.c: accepts clients, reads their messages, and lets them go. */
#include "control/server.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "clients/events.h"
#include "clients/limits.h"
#include "clients/send.h"
#include "control/dispatch.h"
#include "ring/abi.h"
#include "wire/connection.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUND 32 /* messages of one client, then the others */
#define GREETING_NS (5 * NS_PER_SECOND)
#define ACCEPT_AGAIN_NS (100 * NS_PER_MS)
#define KEPT_DESCRIPTORS 256 /* or a quarter of what the process may have */
#define REFUSED_MAX 16       /* clients at once that are told why they are not let in; more are only closed */

/* ---- hello ---- */

/* Clients never get the last descriptors: the streams, the workers and the status of those who are there need some. */
static int leaves_descriptors(const struct client *client)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	rlim_t kept = limit.rlim_cur / 4 < KEPT_DESCRIPTORS ? limit.rlim_cur / 4 : KEPT_DESCRIPTORS;
	if ((rlim_t)client->fd < limit.rlim_cur - kept) /* the kernel gives the lowest that is free */
		return 0;
	return error_set(
		EMFILE,
		"the broker has no descriptors for more clients: raise its ulimit -n (as a service LimitNOFILE)");
}

/* Whether the rules, the user's limits, max_clients and the descriptors let it in. */
static int may_connect(const struct client *client)
{
	const struct control *control = client->control;
	struct access_identity identity = client_identity(client);
	if (!access_may_connect(&control->access, &identity))
		return error_set(EACCES, "user %u may not connect to this broker: add a rule to broker.access",
				 client->uid);
	int r = limits_client(client);
	if (r == 0)
		r = leaves_descriptors(client);
	if (r == 0 && control->client_count >= control->max_clients)
		r = error_set(EUSERS, "the broker has %u clients already: raise its max_clients", control->max_clients);
	return r;
}

static int check_hello(const struct wire_message *hello)
{
	if (hello->protocol != WIRE_PROTOCOL || hello->abi != RING_ABI)
		return error_set(EPROTO,
				 "the broker speaks protocol %d with memory ABI %d, this program %u with %u: install "
				 "the same version on both sides",
				 WIRE_PROTOCOL, RING_ABI, hello->protocol, hello->abi);
	return 0;
}

/* There may be room by now. */
static int let_in(struct client *client)
{
	int r = may_connect(client);
	if (r < 0)
		return r;
	client->refused = false;
	client->control->refused_count--;
	client->control->client_count++;
	return 0;
}

static void welcome(struct client *client, uint32_t serial)
{
	struct wire_message message = {.type = WIRE_WELCOME,
				       .serial = serial,
				       .protocol = WIRE_PROTOCOL,
				       .count = client->id,
				       .position = (uint64_t)client->control->started_utc_ns};
	snprintf(message.name, sizeof message.name, "%s", FRAMEBROKER_VERSION);
	client_send(client, &message, NULL, 0);
}

static void greet(struct client *client, const struct wire_message *hello)
{
	int r = check_hello(hello);
	if (r == 0 && client->refused)
		r = let_in(client);
	if (r < 0) {
		client_send_error(client, hello->serial, r);
		client_log(client, error_text());
		client_disconnect(client);
		return;
	}
	client->greeted = true;
	client_set_pid(client, client->pid); /* a worker has become its program since it was forked */
	welcome(client, hello->serial);
	control_client_event(client, "client");
}

void server_check_greetings(struct control *control)
{
	int64_t now_ns = clock_monotonic_ns();
	for (struct client *client = control->clients; client; client = client->next)
		if (!client->is_worker && !client->greeted && now_ns - client->since_ns > GREETING_NS)
			client_disconnect(client);
}

/* ---- messages ---- */

/* Whether this request is here for the second time: it stood in the socket when another core died, and was then sent
 * again. */
static bool is_repeated(struct client *client, const struct wire_message *message)
{
	if (!client->resumed)
		return false;
	if (message->flags & WIRE_AGAIN) {
		for (uint32_t i = 0; i < client->heard_count && i < CLIENT_HEARD; i++)
			if (client->heard[i] == message->serial)
				return true;
	} else if (message->serial != 0) {
		client->heard[client->heard_count++ % CLIENT_HEARD] = message->serial;
	}
	return false;
}

static void take_message(struct client *client, const struct wire_message *message)
{
	if (is_repeated(client, message))
		return;
	if (!client->greeted && message->type == WIRE_HELLO) {
		greet(client, message);
		return;
	}
	if (message->type == WIRE_HELLO && message->flags & WIRE_AGAIN) {
		welcome(client, message->serial);
		return;
	}
	request_fn *request = client->greeted ? dispatch_find(message->type) : NULL;
	int r = request ? request(client, message)
			: error_set(EPROTO, "a %s message was not to be sent now", wire_type_name(message->type));
	if (r == -EPROTO) {
		client_log(client, error_text());
		client_disconnect(client);
	} else if (r < 0) {
		client_send_error(client, message->serial, r);
	}
}

static void receive(struct client *client)
{
	struct wire_packet packet;
	for (int i = 0; i < ROUND && !client->gone && !client->out; i++) {
		int r = wire_receive(client->fd, &packet, false);
		if (r == -EAGAIN)
			return;
		if (r == 0 && !client->is_worker && !client_spend_credit(client))
			r = error_set(EPROTO, "more than 1000 messages a second");
		if (r == 0)
			r = limits_message(client, packet.message.type);
		if (r < 0) {
			client->hung_up = r == -EPIPE;
			if (r != -EPIPE)
				client_log(client, error_text());
			client_disconnect(client);
			return;
		}
		take_message(client, &packet.message);
		wire_packet_clear(&packet);
	}
}

static void on_client(void *context, int fd, uint32_t events)
{
	struct client *client = context;
	(void)fd;
	if (events & EPOLLIN)
		receive(client);
	if (!client->gone && events & EPOLLOUT)
		client_flush(client);
	if (!client->gone && events & (EPOLLHUP | EPOLLERR) && !(events & EPOLLIN)) {
		client->hung_up = true;
		client_disconnect(client);
	}
}

int server_watch(struct client *client)
{
	int r = loop_watch(client->control->loop, client->fd, EPOLLIN, on_client, client);
	if (r < 0)
		client_disconnect(client);
	return r;
}

void server_flush(void *context)
{
	struct control *control = context;
	for (struct client *client = control->clients; client; client = client->next)
		if (!client->gone && client->out)
			client_flush(client);
}

/* ---- accepting ---- */

static void admit(struct control *control, int fd)
{
	struct client *client = NULL;
	if (client_create(control, fd, -1, &client) < 0) {
		log_warning("control", "a client was turned away: %s", error_text());
		return;
	}
	client->refused = may_connect(client) < 0;
	if (client->refused)
		control->refused_count++;
	else
		control->client_count++;
	if (control->refused_count > REFUSED_MAX && client->refused)
		client_disconnect(client);
	else
		server_watch(client);
}

void server_on_connection(void *context, int fd, uint32_t events)
{
	struct control *control = context;
	(void)events;
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (connection >= 0) {
		control->accept_told = false;
		admit(control, connection);
		return;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	error_set_errno(errno, "clients wait, none can be accepted");
	if (!control->accept_told)
		log_error("control", "%s", error_text());
	control->accept_told = true;
	loop_rewatch(control->loop, fd, 0); /* the queue stays full: not at once again */
	loop_timer_set(control->accept, ACCEPT_AGAIN_NS);
}

void server_accept_again(void *context)
{
	struct control *control = context;
	loop_rewatch(control->loop, control->listening, EPOLLIN);
}
