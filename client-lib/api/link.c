/* link.c: a client's connection: what it is, how it ends, and receiving for all who wait. */
#include "api/interrupt.h"
#include "api/locked.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <poll.h>
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
	broker->socket = broker->polled = -1;
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
	while (broker->requests)
		link_forget(broker, broker->requests);
	pthread_mutex_destroy(&broker->lock);
	pthread_cond_destroy(&broker->changed);
	free(broker->address);
	free(broker->new_job);
	free(broker);
}

/* A thread that sits in poll() wakes up and closes the socket itself, so that the number stands for nothing else
 * meanwhile. */
void link_lose(struct fb_broker *broker)
{
	shutdown(broker->socket, SHUT_RDWR);
	if (broker->polled == broker->socket)
		broker->socket = -1;
	else
		fd_close(&broker->socket);
	broker->session++;
	pthread_cond_broadcast(&broker->changed);
}

int link_lost_error(const struct fb_broker *broker)
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
			link_lose(broker);
		return err;
	}
	err = link_dispatch(broker, packet);
	if (err < 0)
		link_lose(broker);
	pthread_cond_broadcast(&broker->changed);
	return err;
}

int link_receive_all(struct fb_broker *broker)
{
	int err = 0;
	while (err == 0)
		err = receive_one(broker);
	if (broker->socket >= 0)
		link_flush(broker);
	return err == -ENOMEM ? err : 0;
}

/* With the lock held, released meanwhile. */
static int ask_program(struct fb_broker *broker)
{
	pthread_mutex_unlock(&broker->lock);
	int err = interrupt_ask();
	pthread_mutex_lock(&broker->lock);
	return err;
}

static int time_is_over(int64_t deadline_ns)
{
	return deadline_ns != DEADLINE_NEVER && clock_left_ns(deadline_ns) == 0 ? -ETIMEDOUT : 0;
}

int link_sleep(struct fb_broker *broker, int64_t deadline_ns)
{
	struct timespec until = clock_timespec(interrupt_slice(deadline_ns));
	pthread_cond_clockwait(&broker->changed, &broker->lock, CLOCK_MONOTONIC, &until);
	int err = ask_program(broker);
	return err < 0 ? err : time_is_over(deadline_ns);
}

int link_wait_for_news(struct fb_broker *broker, int64_t deadline_ns)
{
	if (broker->polled >= 0)
		return link_sleep(broker, deadline_ns);
	struct pollfd in = {.fd = broker->socket, .events = broker->unsent ? POLLIN | POLLOUT : POLLIN};
	broker->polled = in.fd;
	pthread_mutex_unlock(&broker->lock);
	int ready = poll(&in, 1, clock_left_ms(interrupt_slice(deadline_ns)));
	pthread_mutex_lock(&broker->lock);
	broker->polled = -1;
	int err = 0;
	if (broker->socket != in.fd)
		fd_close(&in.fd); /* lost meanwhile */
	else if (ready > 0)
		err = link_receive_all(broker);
	pthread_cond_broadcast(&broker->changed);
	if (err == 0)
		err = ask_program(broker);
	return err < 0 ? err : time_is_over(deadline_ns);
}

int link_poll(struct fb_broker *broker, uint32_t session)
{
	pthread_mutex_lock(&broker->lock);
	if (broker->socket >= 0 && broker->session == session && broker->polled < 0)
		link_receive_all(broker);
	int err = broker->socket < 0 || broker->session != session ? link_lost_error(broker) : 0;
	pthread_mutex_unlock(&broker->lock);
	return err;
}

int link_wait(struct fb_broker *broker, uint32_t session, const bool *flag, int64_t deadline_ns)
{
	int err = 0;
	pthread_mutex_lock(&broker->lock);
	while (!*flag && err == 0) {
		if (broker->socket < 0 || broker->session != session)
			err = link_lost_error(broker);
		else
			err = link_wait_for_news(broker, deadline_ns);
	}
	if (*flag && err != -EINTR)
		err = 0;
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
