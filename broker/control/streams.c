/* streams.c: streams come, change their state, end and go; here registry and memory move together. */
#include "control/streams.h"
#include "base/clock.h"
#include "base/error.h"
#include "clients/client.h"
#include "clients/events.h"
#include "clients/send.h"
#include "config/schema.h"
#include "control/opening.h"
#include "control/waits.h"
#include "control/writers.h"
#include "memory/words.h"
#include <errno.h>
#include <stdlib.h>

static struct stream_terms terms_of(const struct config_output *output)
{
	return (struct stream_terms){.depth = (unsigned)output->depth,
				     .spare = (unsigned)output->spare,
				     .max_readers = (unsigned)output->max_readers,
				     .max_held = (unsigned)output->max_held,
				     .max_writers = 1,
				     .lossless = (enum lossless_rule)output->lossless};
}

typedef int add_fn(struct registry *registry, const char *name, const struct stream_terms *terms,
		   struct stream **ret_stream);

static int add(struct control *control, add_fn *to_registry, const char *name, const struct config_output *output,
	       struct stream **ret_stream)
{
	struct stream_owner *owner = calloc(1, sizeof *owner);
	if (!owner)
		return error_set(ENOMEM, "no memory for stream %s", name);
	struct stream_terms terms = terms_of(output);
	struct stream *stream = NULL;
	int r = to_registry(&control->registry, name, &terms, &stream);
	if (r < 0) {
		free(owner);
		return r;
	}
	owner->control = control;
	meter_sample(&owner->rate, clock_monotonic_ns(), stream->next_seq - 1);
	schema_copy(&schema_output, &owner->output, output);
	stream->owner = owner;
	streams_changed(stream);
	*ret_stream = stream;
	return 0;
}

int streams_add(struct control *control, const char *name, const struct config_output *output,
		struct stream **ret_stream)
{
	return add(control, registry_add, name, output, ret_stream);
}

int streams_restore(struct control *control, const char *name, const struct config_output *output,
		    struct stream **ret_stream)
{
	return add(control, registry_append, name, output, ret_stream);
}

void streams_pool(struct stream *stream, int max_writers, int64_t reorder_timeout_ns)
{
	stream->terms.max_writers = (unsigned)max_writers;
	stream_owner(stream)->pool.reorder_timeout_ns = reorder_timeout_ns;
	streams_changed(stream);
}

void streams_change(struct stream *stream, const struct config_output *output)
{
	struct stream_owner *owner = stream_owner(stream);
	schema_clear(&schema_output, &owner->output);
	schema_copy(&schema_output, &owner->output, output);
	unsigned max_writers = stream->terms.max_writers; /* the same */
	stream->terms = terms_of(output);
	stream->terms.max_writers = max_writers;
	streams_changed(stream);
}

struct stream_owner *stream_owner(const struct stream *stream)
{
	return stream->owner;
}

void streams_changed(struct stream *stream)
{
	stream_owner(stream)->changed = true;
	stream_owner(stream)->control->changes.any = true;
}

struct memory *streams_memory(const struct generation *generation)
{
	struct memory *memory = generation ? generation->memory : NULL;
	return memory && memory->roster ? memory : NULL; /* without a roster it is still being reserved */
}

void streams_free_generation(struct control *control, struct generation *generation)
{
	if (!generation)
		return;
	struct memory *memory = generation->memory;
	if (memory) {
		control->memory_used -= memory->bytes;
		if (memory->kept)
			changes_drop(&control->changes, CONTROL_KIND_MEMORY, memory->id);
	}
	memory_destroy(memory);
	generation_destroy(generation);
}

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

void streams_finish(struct stream *stream, struct generation *generation)
{
	stream_over(stream, generation, words_finish(generation->memory));
}

/* Tells those who asked for a generation when there was none. */
static void tell_pending(struct stream *stream)
{
	struct control *control = stream_owner(stream)->control;
	for (unsigned i = 0; i < LIMIT_READERS; i++) {
		struct place *place = stream->places[i];
		struct client *client =
			place && place->pending && !place->closed ? client_find(control, place->client) : NULL;
		if (!client)
			continue;
		struct wire_message message = {.type = WIRE_STREAM,
					       .place = place->id,
					       .state = streams_state_for(stream, place),
					       .generation = stream->current ? stream->current->number : 0};
		client_send(client, &message, NULL, 0);
	}
}

/* Generations of a pass that has ended stay as they are. */
static void show_state(struct stream *stream, enum fb_state state)
{
	struct generation *generations[] = {stream->previous, stream->current, stream->coming};
	stream->state = state;
	streams_changed(stream);
	for (unsigned i = 0; i < 3; i++)
		if (streams_memory(generations[i]) && generations[i]->pass == stream->pass)
			words_set_state(generations[i]->memory, state);
}

void streams_set_state(struct stream *stream, enum fb_state state)
{
	show_state(stream, state);
	tell_pending(stream);
}

enum fb_state streams_state_for(const struct stream *stream, const struct place *place)
{
	if (place_ended(place))
		return FB_ENDED;
	return stream->state == FB_ENDED ? FB_IDLE : stream->state;
}

void streams_end(struct stream *stream)
{
	struct control *control = stream_owner(stream)->control;
	waits_check(control); /* a short pass may be over before anybody looked */
	writers_retire(stream);
	show_state(stream, FB_ENDED);
	stream_end(stream);
	streams_changed(stream);
	tell_pending(stream);
	if (stream->wanted && stream_wanted(stream)) /* by those who missed this pass */
		control->hooks.demand(control->hooks.core, stream->name, true);
}

void streams_remove(struct stream *stream)
{
	stream_remove(stream);
	streams_end(stream);
	if (stream->created)
		control_event(stream_owner(stream)->control, "removed", "stream", stream->name, NULL);
	streams_settle(stream);
}

/* A stream goes with its last place. */
void streams_free_removed(struct control *control)
{
	for (struct stream *stream = NULL; (stream = registry_take_empty(&control->registry));) {
		writers_forget(control, stream);
		changes_drop(&control->changes, CONTROL_KIND_STREAM, stream->id);
		streams_free_owner(stream);
		stream_destroy(stream);
	}
}

void streams_settle(struct stream *stream)
{
	struct control *control = stream_owner(stream)->control;
	streams_changed(stream);
	for (struct generation *generation = NULL; (generation = stream_take_unneeded(stream));)
		streams_free_generation(control, generation);
	opening_retry(stream);
	if (stream->removed) {
		streams_free_removed(control);
	} else if (stream->wanted != stream_wanted(stream)) {
		stream->wanted = !stream->wanted;
		control->hooks.demand(control->hooks.core, stream->name, stream->wanted);
	}
}
