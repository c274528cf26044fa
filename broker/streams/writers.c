/* writers.c: writers come, leave and die. */
#include "streams/writers.h"
#include "base/error.h"
#include "clients/events.h"
#include "streams/ends.h"
#include "streams/pool_order.h"
#include "streams/stream_state.h"
#include <errno.h>
#include <stdlib.h>

int writers_add(struct client *client, struct stream *stream, uint32_t serial, struct writer **ret_writer)
{
	struct writer *writer = calloc(1, sizeof *writer);
	if (!writer)
		return error_set(ENOMEM, "no memory for a writer of stream %s", stream->name);
	writer->id = registry_id(&client->control->registry);
	writer->client = client->id;
	writer->opened = serial;
	writer->stream = stream;
	if (!stream_is_pool(stream)) {
		stream->writer = writer;
	} else {
		int r = stream_pool_join(stream, writer);
		if (r < 0) {
			free(writer);
			return r;
		}
	}
	writer->next = client->writers;
	client->writers = writer;
	*ret_writer = writer;
	return 0;
}

struct writer *writers_find(const struct client *client, uint32_t id)
{
	for (struct writer *writer = client->writers; writer; writer = writer->next)
		if (writer->id == id)
			return writer;
	return NULL;
}

void writers_drop(struct client *client, struct writer *writer)
{
	struct writer **at = &client->writers;
	while (*at != writer)
		at = &(*at)->next;
	*at = writer->next;
	free(writer);
}

/* What becomes of a stream that programs write when its writer leaves. */
static void writer_left(struct stream *stream, bool end_of_stream)
{
	struct control *control = stream_owner(stream)->control;
	if (stream->created) {
		streams_remove(stream);
		return;
	}
	if (end_of_stream)
		streams_end(stream);
	else
		streams_set_state(stream, FB_IDLE);
	control_event(control, end_of_stream ? "ended" : "idle", "stream", stream->name, NULL);
	streams_settle(stream);
}

void writers_pool_ends(struct stream *stream)
{
	streams_retire(stream);
	writer_left(stream, stream_owner(stream)->pool.ended);
}

bool writers_is_writing(const struct writer *writer)
{
	const struct stream *stream = writer->stream;
	return stream && (stream_is_pool(stream) ? stream->pool[writer->number] == writer : stream->writer == writer);
}

/* A pool that ended with its group is still there for its members to go on with; the last of them leaves without. */
static bool is_abandoned(const struct control *control, const struct stream *stream)
{
	if (!stream || !stream_is_pool(stream) || stream->writer || stream->state != FB_LIVE)
		return false;
	for (const struct client *client = control->clients; client; client = client->next)
		for (const struct writer *writer = client->writers; writer; writer = writer->next)
			if (writer->stream == stream)
				return false;
	return true;
}

void writers_release(struct client *client, struct writer *writer, bool end_of_stream)
{
	struct stream *stream = writer->stream;
	if (stream)
		streams_changed(stream);
	bool was_writing = writers_is_writing(writer);
	bool others =
		was_writing && stream_is_pool(stream) && pool_leave(stream, writer, end_of_stream, client->hung_up);
	if (stream && stream_is_pool(stream) && !stream->writer) /* its pool may have ended with its group before */
		stream_owner(stream)->pool.ended |= end_of_stream;
	writers_drop(client, writer);
	if (was_writing ? others : !is_abandoned(client->control, stream))
		return;
	if (stream_is_pool(stream)) {
		writers_pool_ends(stream);
		return;
	}
	streams_retire(stream);
	if (*stream->source)
		streams_settle(stream); /* the core tells how the source is */
	else
		writer_left(stream, end_of_stream);
}

void writers_leave(struct client *client)
{
	while (client->writers)
		writers_release(client, client->writers, false);
}
