/* stream.c: the life of a stream's generations, and when one may go. */
#include "registry/stream.h"
#include "base/error.h"
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

void generation_destroy(struct generation *generation)
{
	free(generation);
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
