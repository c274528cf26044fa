/* waits.c: WAIT and CANCEL. The first frame appears in shared memory and sends no message, so while somebody waits for
 * one a timer looks. */
#include "streams/waits.h"
#include "base/clock.h"
#include "base/error.h"
#include "clients/limits.h"
#include "clients/permission.h"
#include "registry/stream_readers.h"
#include "streams/ends.h"
#include "streams/generations.h"
#include "streams/waiters.h"
#include <errno.h>

#define POLL_NS (10 * NS_PER_MS)

/* The first stream that is said to be wanted and is not, or the other way round. */
static struct stream *find_unsettled(const struct control *control)
{
	for (struct stream *stream = control->registry.streams; stream; stream = stream->next)
		if (!stream->removed && stream->wanted != stream_wanted(stream))
			return stream;
	return NULL;
}

void waits_poll(void *context)
{
	struct control *control = context;
	waiters_answer(control);
	for (struct stream *stream = NULL; (stream = find_unsettled(control));)
		streams_settle(stream);
	if (control->registry.waiters)
		loop_timer_set(control->poll, POLL_NS);
}

static void forget(struct client *client, uint32_t serial)
{
	struct stream *stream = NULL;
	while (registry_unwait(&client->control->registry, client->id, serial, &stream))
		if (stream)
			streams_settle(stream);
}

void waits_leave(struct client *client)
{
	forget(client, 0);
}

int request_wait(struct client *client, const struct wire_message *message)
{
	struct control *control = client->control;
	int r = permission_to_read(client, message->name);
	if (r < 0)
		return r;
	if (message->serial == 0)
		return error_set(EPROTO, "it waits without a serial");
	r = limits_wait(client);
	if (r == 0)
		r = registry_wait(&control->registry, message->name, client->id, message->serial);
	if (r < 0)
		return r;
	struct stream *stream = registry_find(&control->registry, message->name);
	if (stream)
		streams_settle(stream);
	loop_timer_set(control->poll, 0);
	return 0;
}

int request_cancel(struct client *client, const struct wire_message *message)
{
	if (message->count != 0) {
		forget(client, message->count);
		generations_forget(client, message->count);
	}
	return 0;
}
