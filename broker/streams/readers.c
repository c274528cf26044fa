/* readers.c: READER_OPEN, READER_ATTACH, READER_CLOSE, and a reader's death. */
#include "streams/readers.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/name.h"
#include "clients/limits.h"
#include "clients/permission.h"
#include "clients/send.h"
#include "memory/words.h"
#include "streams/ends.h"
#include "streams/groups.h"
#include "streams/seats.h"
#include "streams/stream_state.h"
#include <errno.h>

static void unlist(struct client *client, const struct place *place)
{
	struct place **at = &client->places;
	while (*at != place)
		at = &(*at)->next;
	*at = place->next;
}

static void release(struct client *client, struct place *place)
{
	struct stream *stream = place->stream;
	unlist(client, place);
	seats_free(place);
	streams_settle(stream);
}

/* A dead member's place stays as long as its frames have to be kept for the others. */
static void bereave(struct client *client, struct place *place)
{
	if (!place->group || !groups_bereave(place)) {
		release(client, place);
		return;
	}
	unlist(client, place);
	place->closed = true;
	place->client = 0;
	streams_settle(place->stream);
}

void readers_leave(struct client *client)
{
	while (client->places)
		bereave(client, client->places);
}

/* Whether a frame of the generation that runs is held; nobody writes in the others. */
static bool holds_frames(const struct place *place)
{
	unsigned slots[LIMIT_HELD];
	struct memory *memory = streams_memory(place->stream->current);
	return memory && words_holds(memory, place->index, slots) > 0;
}

void readers_sweep(struct client *client)
{
	for (struct place *place = client->places, *next = NULL; place; place = next) {
		next = place->next;
		if (place->closed && !holds_frames(place))
			release(client, place);
	}
}

static struct place *find_place(const struct client *client, uint32_t id)
{
	for (struct place *place = client->places; place; place = place->next)
		if (place->id == id && !place->closed)
			return place;
	return NULL;
}

static int no_place(uint32_t id)
{
	return error_set(EINVAL, "this client has no reader %u", id);
}

static int find_group(struct stream *stream, const char *name, const struct place_request *request,
		      struct group **ret_group)
{
	const char *fault = name_fault(name);
	return fault ? error_set(EINVAL, "the group's name %s", fault) : groups_open(stream, name, request, ret_group);
}

static void send_place(struct client *client, uint32_t serial, const struct place *place)
{
	struct wire_message reply = {.type = WIRE_PLACE,
				     .serial = serial,
				     .place = place->id,
				     .state = streams_state_for(place->stream, place)};
	client_send(client, &reply, NULL, 0);
}

/* The place that was opened by the same request, which another core did not answer. */
static const struct place *find_opened(const struct client *client, const struct wire_message *message)
{
	if (!(message->flags & WIRE_AGAIN))
		return NULL;
	for (const struct place *place = client->places; place; place = place->next)
		if (place->serial == message->serial && !place->closed)
			return place;
	return NULL;
}

int request_reader_open(struct client *client, const struct wire_message *message)
{
	struct control *control = client->control;
	const struct place *opened = find_opened(client, message);
	if (opened) {
		send_place(client, message->serial, opened);
		return 0;
	}
	int r = permission_to_read(client, message->name);
	if (r < 0)
		return r;
	struct stream *stream = registry_find(&control->registry, message->name);
	if (!stream)
		return error_set(ENOENT, "there is no stream %s: `framebroker ls` shows those there are",
				 message->name);
	struct place_request request = {.client = client->id,
					.uid = client->uid,
					.mode = (enum fb_mode)message->mode,
					.max_held = message->max_held};
	struct place *place = NULL;
	struct group *group = NULL;
	r = limits_reader(client, stream, message->max_held);
	if (r == 0 && *message->group_name)
		r = find_group(stream, message->group_name, &request, &group);
	if (r == 0)
		r = place_open(stream, &request, &place);
	if (r < 0) {
		seats_drop_empty(group, clock_monotonic_ns());
		return r;
	}
	if (group)
		group_join(group, place);
	place->id = registry_id(&control->registry);
	place->serial = message->serial;
	place->next = client->places;
	client->places = place;
	r = seats_take(place, stream->current);
	if (r == 0)
		r = seats_take(place, stream->coming);
	if (r < 0) {
		release(client, place);
		return r;
	}
	streams_changed(stream);
	send_place(client, message->serial, place);
	streams_settle(stream);
	return 0;
}

static void send_generation(struct client *client, uint32_t serial, const struct place *place,
			    const struct generation *generation)
{
	const struct memory *memory = generation->memory;
	int fds[LIMIT_MESSAGE_FDS];
	const struct group *group = place->group;
	size_t fd_count = group ? memory_member_fds(memory, place->index, group->lead->index, fds)
				: memory_reader_fds(memory, place->index, fds);
	struct wire_message reply = {.type = WIRE_GENERATION,
				     .serial = serial,
				     .place = place->id,
				     .generation = generation->number,
				     .count = place->index,
				     .position = generation->begin[place->index],
				     .group = group ? group->id : 0,
				     .lead = group ? group->lead->index : 0,
				     .layout = &memory->layout,
				     .layout_size = sizeof memory->layout};
	client_send(client, &reply, fds, fd_count);
}

int request_reader_attach(struct client *client, const struct wire_message *message)
{
	struct place *place = find_place(client, message->place);
	struct generation *generation = NULL;
	if (!place)
		return no_place(message->place);
	int r = place_attach(place, message->generation, &generation);
	if (r < 0 && r != -EAGAIN && r != -ENODATA)
		return r;
	streams_changed(place->stream);
	if (r == 0) {
		send_generation(client, message->serial, place, generation);
	} else {
		struct wire_message reply = {.type = WIRE_PENDING,
					     .serial = message->serial,
					     .place = place->id,
					     .state = streams_state_for(place->stream, place),
					     .error = r == -ENODATA ? ENODATA : 0};
		client_send(client, &reply, NULL, 0);
	}
	streams_settle(place->stream);
	return 0;
}

int request_reader_close(struct client *client, const struct wire_message *message)
{
	struct place *place = find_place(client, message->place);
	if (!place && message->flags & WIRE_AGAIN) {
		client_send_done(client, message->serial); /* another core has done it */
		return 0;
	}
	if (!place)
		return no_place(message->place);
	struct stream *stream = place->stream;
	place->closed = true;
	streams_changed(stream);
	if (streams_memory(stream->current))
		words_open_gate(stream->current->memory, place->index);
	if (streams_memory(stream->coming))
		words_open_gate(stream->coming->memory, place->index);
	client_send_done(client, message->serial);
	if (holds_frames(place))
		streams_settle(stream);
	else
		release(client, place);
	return 0;
}
