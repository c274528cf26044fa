/* stream.c: the life of a stream's generations, and when one may go. */
#include "registry/stream.h"
#include "base/error.h"
#include "registry/group.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int stream_create(const char *name, const struct stream_terms *terms, struct stream **ret_stream)
{
	struct stream *stream = calloc(1, sizeof *stream);
	if (!stream)
		return error_set(ENOMEM, "no memory for stream %s", name);
	snprintf(stream->name, sizeof stream->name, "%s", name);
	stream->terms = *terms;
	stream->next_seq = 1;
	*ret_stream = stream;
	return 0;
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

void generation_destroy(struct generation *generation)
{
	free(generation);
}

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

int stream_begin(struct stream *stream, struct generation **ret_generation)
{
	struct generation *generation = calloc(1, sizeof *generation);
	if (!generation)
		return error_set(ENOMEM, "no memory for a generation of stream %s", stream->name);
	generation->number = ++stream->last_generation;
	generation->pass = stream->pass;
	generation->first = stream->next_seq;
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		generation->begin[i] = generation->first;
	stream->coming = generation;
	*ret_generation = generation;
	return 0;
}

void stream_ready(struct stream *stream)
{
	stream->previous = stream->current;
	stream->current = stream->coming;
	stream->coming = NULL;
	stream->current->state = GENERATION_READY;
}

void stream_over(struct stream *stream, struct generation *generation, uint64_t last)
{
	generation->state = GENERATION_OVER;
	stream->next_seq = last + 1;
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

void stream_remove(struct stream *stream)
{
	stream->removed = true;
	stream->waiters = 0; /* they wait for the next one of that name */
}

void stream_take(struct stream *stream, struct generation *generation)
{
	if (stream->previous == generation)
		stream->previous = NULL;
	else if (stream->current == generation)
		stream->current = NULL;
	else if (stream->coming == generation)
		stream->coming = NULL;
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

bool stream_is_pool(const struct stream *stream)
{
	return stream->terms.max_writers > 1;
}

int stream_pool_join(struct stream *stream, struct writer *writer)
{
	for (unsigned i = 0; i < stream->terms.max_writers && i < LIMIT_WRITERS; i++) {
		if (stream->pool[i])
			continue;
		stream->pool[i] = writer;
		writer->number = i;
		if (!stream->writer)
			stream->writer = writer;
		return 0;
	}
	return error_set(EAGAIN, "stream %s has %u writers already, the most by its `max_writers`", stream->name,
			 stream->terms.max_writers);
}

void stream_pool_leave(struct stream *stream, const struct writer *writer)
{
	stream->pool[writer->number] = NULL;
	if (stream->writer != writer)
		return;
	stream->writer = NULL;
	for (unsigned i = 0; i < LIMIT_WRITERS && !stream->writer; i++)
		stream->writer = stream->pool[i];
}
