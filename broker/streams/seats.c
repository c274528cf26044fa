/* seats.c: places in shared memory. */
#include "streams/seats.h"
#include "base/clock.h"
#include "memory/words.h"
#include "streams/pool_order.h"
#include "streams/streams.h"

int seats_take(struct place *place, struct generation *generation)
{
	const struct memory *memory = streams_memory(generation);
	if (!memory || !place_joins(place, generation))
		return 0;
	struct words_place words = {
		.index = place->index, .max_held = place->max_held, .epoch = place->epoch, .mode = place->mode};
	if (place->group) /* whose own place is the gate */
		words.mode = FB_ORDERED;
	if (memory->layout.info.media == FB_PACKET && place->mode != FB_LOSSLESS)
		words.max_held = 0; /* a packet that is held keeps all behind it, so they copy */
	return words_seat(generation->memory, &words, &generation->begin[place->index]);
}

int seats_take_lead(struct group *group, struct generation *generation)
{
	struct place *lead = group->lead;
	if (!streams_memory(generation) || !place_joins(lead, generation))
		return 0;
	struct words_place words = {.index = lead->index, .epoch = lead->epoch, .mode = lead->mode};
	return words_lead(generation->memory, &words, &generation->begin[lead->index]);
}

/* A lossless reader that its writer passed over is no gate for the next one either. */
static void demote(struct place *place)
{
	struct memory *memory = streams_memory(place->stream->current);
	const struct place *gate = place->group ? place->group->lead : place;
	if (place->mode == FB_LOSSLESS && memory && words_evicted(memory, gate->index, gate->epoch))
		place->mode = FB_ORDERED;
}

int seats_take_all(struct stream *stream, struct generation *generation)
{
	int r = 0;
	for (unsigned i = 0; i < LIMIT_READERS && r == 0; i++) {
		struct place *place = stream->places[i];
		if (!place || place->closed)
			continue;
		demote(place);
		r = place->lead ? seats_take_lead(place->group, generation) : seats_take(place, generation);
		generation->begin[i] = generation->first; /* all who were there before see it from its first frame */
	}
	return r;
}

void seats_leave(struct place *place)
{
	struct stream *stream = place->stream;
	struct generation *generations[] = {stream->previous, stream->current, stream->coming};
	for (unsigned i = 0; i < 3; i++)
		if (streams_memory(generations[i]))
			words_unseat(generations[i]->memory, place->index);
}

void seats_drop_empty(struct group *group, int64_t now_ns)
{
	if (!group || group->members > 0 || now_ns < group->expires_ns)
		return;
	streams_changed(group->stream);
	pool_abandon(group);
	seats_leave(group->lead);
	group_destroy(group);
}

void seats_free(struct place *place)
{
	struct group *group = place->group;
	streams_changed(place->stream);
	seats_leave(place);
	place_destroy(place);
	seats_drop_empty(group, clock_monotonic_ns());
}
