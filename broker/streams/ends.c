/* ends.c: what nobody needs any more goes: memory, generations, streams. */
#include "streams/ends.h"
#include "clients/events.h"
#include "config/schema.h"
#include "memory/words.h"
#include "registry/stream_readers.h"
#include "streams/opening.h"
#include "streams/pool_order.h"
#include "streams/stream_state.h"
#include "streams/waiters.h"
#include <stdlib.h>

void streams_free_owner(struct stream *stream)
{
	struct stream_owner *owner = stream_owner(stream);
	opening_cancel(stream);
	streams_free_generation(owner->control, stream->previous);
	streams_free_generation(owner->control, stream->current);
	streams_free_generation(owner->control, stream->coming);
	stream->previous = stream->current = stream->coming = NULL;
	schema_clear(&schema_output, &owner->output);
	free(owner);
}

void streams_retire(struct stream *stream)
{
	struct control *control = stream_owner(stream)->control;
	streams_changed(stream);
	opening_cancel(stream);
	if (stream_is_pool(stream))
		pool_retire(stream);
	struct generation *coming = stream->coming;
	stream->coming = NULL;
	streams_free_generation(control, coming);
	if (stream->current && stream->current->state == GENERATION_READY)
		streams_finish(stream, stream->current);
	stream->writer = NULL;
}

void streams_end(struct stream *stream)
{
	struct control *control = stream_owner(stream)->control;
	waiters_answer(control); /* a short pass may be over before anybody looked */
	streams_retire(stream);
	streams_show_state(stream, FB_ENDED);
	stream_end(stream);
	streams_changed(stream);
	streams_tell_pending(stream);
	if (stream->wanted && stream_wanted(stream)) /* by those who missed this pass */
		control->hooks.demand(control->hooks.core, stream->name, true);
}

/* Who wrote it finds no stream any more. */
static void forget_writers(const struct control *control, const struct stream *stream)
{
	for (struct client *client = control->clients; client; client = client->next)
		for (struct writer *writer = client->writers; writer; writer = writer->next)
			if (writer->stream == stream)
				writer->stream = NULL;
}

/* A stream goes with its last place. */
void streams_free_removed(struct control *control)
{
	for (struct stream *stream = NULL; (stream = registry_take_empty(&control->registry));) {
		forget_writers(control, stream);
		changes_drop(&control->changes, CONTROL_KIND_STREAM, stream->id);
		streams_free_owner(stream);
		stream_destroy(stream);
	}
}

void streams_drop_generation(struct stream *stream, struct generation *generation)
{
	for (struct group *group = stream->groups; group; group = group->next)
		pool_forsake(group, generation);
	streams_free_generation(stream_owner(stream)->control, generation);
}

void streams_settle(struct stream *stream)
{
	struct control *control = stream_owner(stream)->control;
	streams_changed(stream);
	for (struct generation *generation = NULL; (generation = stream_take_unneeded(stream));)
		streams_drop_generation(stream, generation);
	opening_retry(stream);
	if (stream->removed) {
		streams_free_removed(control);
	} else if (stream->wanted != stream_wanted(stream)) {
		stream->wanted = !stream->wanted;
		control->hooks.demand(control->hooks.core, stream->name, stream->wanted);
	}
}

void streams_remove(struct stream *stream)
{
	stream_remove(stream);
	streams_end(stream);
	if (stream->created)
		control_event(stream_owner(stream)->control, "removed", "stream", stream->name, NULL);
	streams_settle(stream);
}
