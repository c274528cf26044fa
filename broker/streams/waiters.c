/* waiters.c: looks for first frames. */
#include "streams/waiters.h"
#include "clients/send.h"
#include "memory/words.h"

static const struct memory *flowing(const struct stream *stream)
{
	const struct generation *generation = stream ? stream->current : NULL;
	if (!generation || generation->state != GENERATION_READY || stream->state != FB_LIVE)
		return NULL;
	const struct memory *memory = generation->memory;
	return words_head(memory) >= generation->first ? memory : NULL;
}

static bool answer_one(struct control *control)
{
	for (const struct waiter *waiter = control->registry.waiters; waiter; waiter = waiter->next) {
		struct stream *stream = registry_find(&control->registry, waiter->name);
		const struct memory *memory = flowing(stream);
		struct client *client = memory ? client_find(control, waiter->client) : NULL;
		if (!client)
			continue;
		struct wire_message reply = {.type = WIRE_LAYOUT,
					     .serial = waiter->serial,
					     .state = stream->state,
					     .layout = &memory->layout,
					     .layout_size = sizeof memory->layout};
		client_send(client, &reply, NULL, 0);
		registry_unwait(&control->registry, waiter->client, waiter->serial, &stream);
		return true;
	}
	return false;
}

void waiters_answer(struct control *control)
{
	while (answer_one(control))
		continue;
}
