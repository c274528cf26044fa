/* opening.c: answers a request to write, or ends it. */
#include "streams/opening.h"
#include "base/error.h"
#include "clients/send.h"
#include "registry/stream_readers.h"
#include "streams/streams.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void opening_free(struct opening *opening)
{
	stream_owner(opening->stream)->opening = NULL;
	opening->client->openings--;
	reserve_cancel(opening->reserve);
	loop_timer_destroy(opening->patience);
	free(opening);
}

/* With the generation that it began, if any. */
void opening_drop(struct opening *opening)
{
	struct stream *stream = opening->stream;
	struct generation *coming = stream->coming;
	opening_free(opening);
	stream->coming = NULL;
	streams_free_generation(stream_owner(stream)->control, coming);
}

void opening_cancel(struct stream *stream)
{
	struct opening *opening = stream_owner(stream)->opening;
	if (!opening)
		return;
	client_send_error(opening->client, opening->serial, error_set(EPIPE, "stream %s has ended", stream->name));
	opening_drop(opening);
}

void opening_answer(const struct writer *writer, uint32_t serial, const struct generation *generation)
{
	struct client *client = client_find(stream_owner(writer->stream)->control, writer->client);
	const struct memory *memory = generation->memory;
	int fds[LIMIT_MESSAGE_FDS];
	size_t fd_count = memory_writer_fds(memory, fds);
	struct wire_message message = {.type = WIRE_GENERATION,
				       .serial = serial,
				       .place = writer->id,
				       .generation = generation->number,
				       .count = writer->number,
				       .layout = &memory->layout,
				       .layout_size = sizeof memory->layout};
	streams_changed(writer->stream);
	if (client)
		client_send(client, &message, fds, fd_count);
}

bool opening_is_of(const struct stream *stream, const struct writer *writer)
{
	const struct opening *opening = stream_owner(stream)->opening;
	return opening && opening->writer == writer;
}

void opening_tell(const struct stream *stream, const struct writer *writer, uint32_t serial)
{
	const struct stream_owner *owner = stream_owner(stream);
	struct client *client = client_find(owner->control, writer->client);
	struct wire_message pending = {.type = WIRE_PENDING,
				       .serial = serial,
				       .place = writer->id,
				       .state = stream->state,
				       .flags = WIRE_MORE};
	if (stream->coming || !owner->opening || !client)
		return;
	if (!owner->opening->shaped)
		strcpy(pending.name, owner->like);
	client_send(client, &pending, NULL, 0);
}

void opening_retry(struct stream *stream)
{
	struct opening *opening = stream_owner(stream)->opening;
	if (opening && !stream->coming && (!opening->shaped || stream_may_begin(stream)))
		loop_timer_set(opening->patience, 0);
}
