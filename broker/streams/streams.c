/* streams.c: a stream in the registry, with its owner. */
#include "streams/streams.h"
#include "base/clock.h"
#include "base/error.h"
#include "config/schema.h"
#include "memory/layouts.h"
#include "memory/words.h"
#include <errno.h>
#include <stdlib.h>

#define LOOK_NS (50 * NS_PER_MS)

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
	schema_copy(&schema_output, &owner->output, output);
	stream->owner = owner;
	streams_changed(stream);
	*ret_stream = stream;
	return 0;
}

int streams_add(struct control *control, const char *name, const struct config_output *output,
		struct stream **ret_stream)
{
	int r = add(control, registry_add, name, output, ret_stream);
	if (r == 0)
		streams_sample(*ret_stream);
	return r;
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

void streams_sample(struct stream *stream)
{
	const struct memory *memory = streams_memory(stream->current);
	uint64_t head = memory ? words_head(memory) : stream->next_seq - 1;
	meter_sample(&stream_owner(stream)->rate, clock_monotonic_ns(), head);
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

void streams_finish(struct stream *stream, struct generation *generation)
{
	stream_over(stream, generation, words_finish(generation->memory));
}

int streams_complete(struct stream *stream, struct ring_layout *layout, uint32_t claims)
{
	uint32_t members = stream->terms.max_writers;
	int r = layout_complete(layout, &stream_owner(stream)->output, members > 1 ? ring_pool_slots(members) : claims);
	layout->max_writers = members;
	if (r == 0)
		stream->terms.depth = layout->info.depth; /* with `like`, not known before */
	return r;
}

void streams_look_soon(struct control *control)
{
	if (!control->looking)
		loop_timer_set(control->look, LOOK_NS);
	control->looking = true;
}
