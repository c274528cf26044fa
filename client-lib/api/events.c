/* events.c: what happens in the broker, in order, from the opening of the list on. */
#include "api/link.h"
#include "api/use.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_NS (250 * NS_PER_MS)
#define QUEUE_SIZE 1024 /* events that wait for a slow reader; then the oldest go */

struct fb_events {
	struct fb_broker *broker;
	struct subscriber subscriber;
	struct use use;
	uint32_t session; /* in which the core was asked for events */
	/* with the broker locked */
	char *queue[QUEUE_SIZE];
	unsigned first, count;
	bool news;
};

static void on_notice(struct subscriber *self, const struct wire_message *message)
{
	struct fb_events *events = (struct fb_events *)(void *)((char *)self - offsetof(struct fb_events, subscriber));
	if (message->type != WIRE_EVENT || !message->text)
		return;
	char *text = strndup(message->text, message->text_size);
	if (!text)
		return;
	if (events->count == QUEUE_SIZE) {
		free(events->queue[events->first]);
		events->first = (events->first + 1) % QUEUE_SIZE;
		events->count--;
	}
	events->queue[(events->first + events->count++) % QUEUE_SIZE] = text;
	events->news = true;
}

static int ask(struct fb_events *events, int64_t deadline_ns)
{
	uint32_t session;
	int err = link_ensure(events->broker, deadline_ns, &session);
	if (err < 0 || session == events->session)
		return err;
	struct wire_message message = {.type = WIRE_EVENTS};
	struct wire_packet *reply;
	err = link_call(events->broker, session, &message, clock_deadline(CALL_TIMEOUT_NS), &reply);
	if (err < 0)
		return err;
	link_reply_free(reply);
	events->session = session;
	return 0;
}

int fb_events_open(fb_broker *broker, fb_events **ret_events)
{
	struct fb_events *events = calloc(1, sizeof *events);
	if (!events)
		return error_set(ENOMEM, "no memory for events");
	events->broker = link_ref(broker);
	events->subscriber.notice = on_notice;
	link_subscribe(broker, &events->subscriber);
	int err = ask(events, clock_deadline(CALL_TIMEOUT_NS));
	if (err < 0) {
		fb_events_close(&events);
		return err;
	}
	*ret_events = events;
	return 0;
}

static int next(fb_events *events, int64_t deadline, char **ret_json)
{
	for (;;) {
		if (use_closing(&events->use))
			return error_set(EPIPE, "these events were closed by another thread");
		pthread_mutex_lock(&events->broker->lock);
		char *text = NULL;
		if (events->count > 0) {
			text = events->queue[events->first];
			events->first = (events->first + 1) % QUEUE_SIZE;
			events->count--;
		}
		events->news = events->count > 0;
		pthread_mutex_unlock(&events->broker->lock);
		if (text) {
			*ret_json = text;
			return 0;
		}
		int64_t slice = clock_deadline(SLICE_NS);
		int err = ask(events, deadline);
		if (err == 0)
			err = link_wait(events->broker, events->session, &events->news,
					slice < deadline ? slice : deadline);
		if (err == -ETIMEDOUT && clock_left_ns(deadline) == 0)
			return error_set(ETIMEDOUT, "no event in time");
		if (err < 0 && err != -EPIPE && err != -ETIMEDOUT)
			return err;
	}
}

static void destroy(struct fb_events *events)
{
	link_unsubscribe(events->broker, &events->subscriber);
	for (; events->count > 0; events->count--, events->first = (events->first + 1) % QUEUE_SIZE)
		free(events->queue[events->first]);
	link_unref(events->broker);
	free(events);
}

int fb_events_next(fb_events *events, int64_t timeout_ns, char **ret_json)
{
	int64_t deadline = clock_deadline(timeout_ns);
	if (!use_begin(&events->use))
		return error_set(EBUSY, "another thread waits for these events: open them once a thread");
	int err = next(events, deadline, ret_json);
	if (use_end(&events->use))
		destroy(events);
	return err;
}

void fb_events_close(fb_events **events)
{
	struct fb_events *self = events ? *events : NULL;
	if (!self)
		return;
	*events = NULL;
	if (use_close(&self->use))
		destroy(self);
}
