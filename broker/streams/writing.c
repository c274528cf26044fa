/* writing.c: WRITER_OPEN, WRITER_READY and WRITER_CLOSE. */
#include "streams/writing.h"
#include "base/error.h"
#include "clients/events.h"
#include "clients/limits.h"
#include "clients/permission.h"
#include "clients/send.h"
#include "config/stream.h"
#include "memory/layouts.h"
#include "memory/words.h"
#include "streams/ends.h"
#include "streams/generations.h"
#include "streams/gone.h"
#include "streams/likes.h"
#include "streams/opening.h"
#include "streams/pools.h"
#include "streams/stream_state.h"
#include "streams/writers.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static int create_stream(struct client *client, const struct wire_message *message, struct stream **ret_stream)
{
	struct config_errors errors = {0};
	struct config_stream *config = NULL;
	int r = limits_stream(client);
	char *text = r == 0 ? strndup(message->text, message->text_size) : NULL;
	if (!text)
		return r < 0 ? r : error_set(ENOMEM, "no memory for stream %s", message->name);
	r = config_stream_from_text(message->name, text, NULL, &config, &errors);
	free(text);
	if (r < 0) {
		r = error_set(r, "stream %s: %s", message->name, errors.count > 0 ? errors.lines[0] : "bad keys");
		config_errors_clear(&errors);
		return r;
	}
	struct stream *stream = NULL;
	r = *config->like ? permission_to_read(client, config->like) : 0;
	if (r == 0)
		r = streams_add(client->control, message->name, &config->output, &stream);
	if (r == 0) {
		stream->created = true;
		stream->creator = client->uid;
		strncpy(stream_owner(stream)->like, config->like, LIMIT_NAME);
		streams_pool(stream, config->max_writers, config->reorder_timeout_ns);
		control_event(client->control, "added", "stream", stream->name, NULL);
		*ret_stream = stream;
	}
	config_stream_free(config);
	return r;
}

static int may_write(const struct client *client, const struct stream *stream)
{
	if (!*stream->source)
		return 0;
	if (client->is_worker && client->worker == stream->worker)
		return 0;
	return error_set(EACCES, "stream %s is written by source %s", stream->name, stream->source);
}

static int find_stream(struct client *client, const struct wire_message *message, struct stream **ret_stream)
{
	int r = permission_to_write(client, message->name);
	if (r < 0)
		return r;
	struct stream *stream = registry_find(&client->control->registry, message->name);
	if (!stream && message->text_size == 0)
		return error_set(ENOENT, "there is no stream %s: declare it under `streams:`, or give its keys",
				 message->name);
	if (!stream)
		return create_stream(client, message, ret_stream);
	if (message->text_size > 0 && !stream->created)
		return error_set(EEXIST, "stream %s is declared already: open it without keys", stream->name);
	r = may_write(client, stream);
	if (r == 0)
		*ret_stream = stream;
	return r;
}

static int make_layout(const struct client *client, struct stream *stream, const struct wire_message *message,
		       struct ring_layout *ret_layout)
{
	const struct stream_owner *owner = stream_owner(stream);
	if (!client->is_worker && *owner->like)
		return likes_layout(stream, ret_layout);
	int r = client->is_worker ? layout_from_bytes(message->layout, message->layout_size, ret_layout)
				  : layout_from_output(&owner->output, ret_layout);
	return r < 0 ? r : streams_complete(stream, ret_layout, message->count);
}

/* It has gone, and its end is still to be read. */
static bool has_hung_up(const struct client *client)
{
	struct pollfd end = {.fd = client->fd, .events = POLLRDHUP};
	return poll(&end, 1, 0) == 1 && end.revents & (POLLRDHUP | POLLHUP);
}

/* One writer at a time. The same client goes on with a new generation once it has finished the last; a worker always.
 */
static int make_way(struct client *client, struct stream *stream)
{
	struct writer *writer = stream->writer;
	if (!writer)
		return 0;
	bool own = writer->client == client->id;
	const struct memory *memory = stream->coming ? NULL : streams_memory(stream->current);
	const struct client *other = client_find(client->control, writer->client);
	bool gone = !own && !stream->created && other && has_hung_up(other);
	if (client->is_worker || gone || (own && memory && words_finished(memory))) {
		streams_retire(stream);
		if (own) /* another's goes with its client */
			writers_drop(client, writer);
		return 0;
	}
	return error_set(EAGAIN, "stream %s has a writer already (pid %d, %s)", stream->name,
			 other ? (int)other->pid : 0, other ? other->command : "leaving");
}

/* A pool's member that another core let in with the same request, and did not answer. */
static const struct writer *find_joined(const struct client *client, const struct wire_message *message)
{
	if (!(message->flags & WIRE_AGAIN))
		return NULL;
	for (const struct writer *writer = client->writers; writer; writer = writer->next)
		if (writer->opened == message->serial && writers_is_writing(writer) && stream_is_pool(writer->stream))
			return writer;
	return NULL;
}

int request_writer_open(struct client *client, const struct wire_message *message)
{
	struct stream *stream = NULL;
	struct ring_layout layout;
	const struct writer *joined = find_joined(client, message);
	if (joined) {
		opening_answer(joined, message->serial, joined->stream->current);
		return 0;
	}
	gone_reap(client->control); /* who has hung up does not stand in the way any more */
	int r = find_stream(client, message, &stream);
	if (r < 0)
		return r;
	if (stream_is_pool(stream) && pools_joinable(stream))
		return pools_join(client, stream, message->serial);
	r = stream_is_pool(stream) ? 0 : make_way(client, stream);
	if (r == 0) {
		r = make_layout(client, stream, message, &layout);
		if (r == 0 || r == -EAGAIN) /* what it is like has no layout yet */
			r = generations_open(client, stream, message->serial, r == 0 ? &layout : NULL);
	}
	if (r == 0 || !stream->created || stream->writer)
		return r;
	client_send_error(client, message->serial, r); /* first: what follows has errors of its own */
	streams_remove(stream);
	return 0;
}

/* ---- ready, and the end ---- */

static int show_generation(struct stream *stream)
{
	struct generation *old = stream->current, *generation = stream->coming;
	int r = memory_close_writing(generation->memory);
	if (r < 0)
		return r;
	stream_ready(stream);
	streams_changed(stream);
	if (streams_memory(old))
		words_set_newest(old->memory, generation->number);
	if (*stream->source) {
		streams_set_state(stream, stream->state); /* tells those who wait for a generation */
		return 0;
	}
	streams_set_state(stream, FB_LIVE);
	control_event(stream_owner(stream)->control, "live", "stream", stream->name, NULL);
	return 0;
}

int request_writer_ready(struct client *client, const struct wire_message *message)
{
	struct writer *writer = writers_find(client, message->place);
	struct stream *stream = writer ? writer->stream : NULL;
	if (!writer && client->resumed)
		return error_set(ESTALE, "writer %u began with a core that has died since: open it again",
				 message->place);
	if (!writer || !writers_is_writing(writer))
		return error_set(EPIPE, "nobody waits for writer %u: its stream has ended", message->place);
	struct generation *coming = stream->coming;
	if (coming && !streams_memory(coming))
		return error_set(EINVAL, "stream %s: not ready before it has its memory", stream->name);
	int r = coming ? show_generation(stream) : 0;
	if (r < 0)
		return r;
	likes_shown(stream);
	client_send_done(client, message->serial);
	if (coming)
		client->control->hooks.written(client->control->hooks.core, stream->name);
	streams_settle(stream);
	return 0;
}

int request_writer_close(struct client *client, const struct wire_message *message)
{
	struct writer *writer = writers_find(client, message->place);
	if (writer)
		writers_release(client, writer, message->flags & WIRE_END_OF_STREAM);
	client_send_done(client, message->serial);
	return 0;
}
