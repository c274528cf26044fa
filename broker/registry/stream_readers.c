/* stream_readers.c: looks at all places of a stream. */
#include "registry/stream_readers.h"
#include "registry/group.h"
#include <stdlib.h>

bool stream_may_begin(const struct stream *stream)
{
	if (stream->coming)
		return false;
	for (unsigned i = 0; i < LIMIT_READERS && stream->previous; i++) {
		const struct place *place = stream->places[i];
		if (place && place->mode == FB_LOSSLESS && place_awaits(place, stream->previous))
			return false;
	}
	return true;
}

void stream_end(struct stream *stream)
{
	for (unsigned i = 0; i < LIMIT_READERS; i++) {
		struct place *place = stream->places[i];
		const struct place *first = place && place->group ? place->group->lead : place; /* they stay together */
		bool late = place && (place_counts(place) || place->lead) && first->joined > stream->last_generation;
		if (late && stream->last_generation > stream->before_pass)
			place->pass++;
	}
	stream->before_pass = stream->last_generation;
	stream->pass++;
	stream->state = FB_ENDED;
}

static bool needed(const struct stream *stream, const struct generation *generation)
{
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		if (stream->places[i] && place_needs(stream->places[i], generation))
			return true;
	return false;
}

struct generation *stream_take_unneeded(struct stream *stream)
{
	struct generation *generations[] = {stream->previous, stream->current};
	for (unsigned i = 0; i < 2; i++) {
		struct generation *generation = generations[i];
		if (generation && generation->state == GENERATION_OVER && !needed(stream, generation)) {
			stream_take(stream, generation);
			return generation;
		}
	}
	return NULL;
}

bool stream_wanted(const struct stream *stream)
{
	if (stream->waiters > 0)
		return true;
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		if (stream->places[i] && place_counts(stream->places[i]))
			return true;
	return false;
}

unsigned stream_readers(const struct stream *stream)
{
	unsigned count = 0;
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		if (stream->places[i] && !stream->places[i]->closed && !stream->places[i]->lead)
			count++;
	return count;
}

void stream_destroy(struct stream *stream)
{
	if (!stream)
		return;
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		if (stream->places[i] && !stream->places[i]->lead)
			place_destroy(stream->places[i]);
	while (stream->groups)
		group_destroy(stream->groups); /* with their leads */
	generation_destroy(stream->previous);
	generation_destroy(stream->current);
	generation_destroy(stream->coming);
	free(stream);
}
