/* declared.c: streams come, change and go as the configuration says. */
#include "control/declared.h"
#include "memory/words.h"
#include "registry/stream_readers.h"
#include "streams/ends.h"
#include "streams/stream_state.h"
#include <stdio.h>
#include <string.h>

/* Goes on with a stream that the core before this one had, if it can be what is asked for now; else that one ends. */
static bool claim(struct stream *stream, const char *source, unsigned worker, const struct config_output *output)
{
	struct stream_owner *owner = stream_owner(stream);
	if (!owner->unclaimed)
		return false;
	owner->unclaimed = false;
	if (strcmp(stream->source, source ? source : "") != 0 || stream->worker != worker ||
	    owner->output.media != output->media || owner->output.max_readers != output->max_readers) {
		streams_remove(stream);
		return false;
	}
	if (!config_output_equal(&owner->output, output))
		control_stream_change(owner->control, stream->name, output);
	return true;
}

static struct stream *find_unclaimed(const struct control *control)
{
	struct stream *stream = control->registry.streams;
	while (stream && (stream->removed || !stream_owner(stream)->unclaimed))
		stream = stream->next;
	return stream;
}

void control_drop_unclaimed(struct control *control)
{
	for (struct stream *stream = NULL; (stream = find_unclaimed(control));)
		streams_remove(stream);
}

int control_stream_add(struct control *control, const char *name, const char *source, unsigned worker,
		       const struct config_output *output, bool live)
{
	struct stream *stream = registry_find(&control->registry, name);
	if (stream && claim(stream, source, worker, output))
		return 1;
	int r = streams_add(control, name, output, &stream);
	if (r < 0)
		return r;
	snprintf(stream->source, sizeof stream->source, "%s", source ? source : "");
	stream->worker = worker;
	stream->live = live;
	streams_settle(stream);
	return 0;
}

void control_stream_like(struct control *control, const char *name, const char *like)
{
	struct stream *stream = registry_find(&control->registry, name);
	if (!stream)
		return;
	snprintf(stream_owner(stream)->like, sizeof stream_owner(stream)->like, "%s", like);
	streams_changed(stream);
}

void control_stream_pool(struct control *control, const char *name, int max_writers, int64_t reorder_timeout_ns)
{
	struct stream *stream = registry_find(&control->registry, name);
	if (stream)
		streams_pool(stream, max_writers, reorder_timeout_ns);
}

bool control_stream_fits(const struct control *control, const char *name, const char *like, int max_writers)
{
	const struct stream *stream = registry_find(&control->registry, name);
	const struct stream_owner *owner = stream ? stream_owner(stream) : NULL;
	return !owner || !owner->unclaimed ||
	       (!strcmp(owner->like, like) && stream->terms.max_writers == (unsigned)max_writers);
}

void control_stream_remove(struct control *control, const char *name)
{
	struct stream *stream = registry_find(&control->registry, name);
	if (stream)
		streams_remove(stream);
}

void control_stream_change(struct control *control, const char *name, const struct config_output *output)
{
	struct stream *stream = registry_find(&control->registry, name);
	if (!stream)
		return;
	streams_change(stream, output);
	if (!*stream->source && streams_memory(stream->current)) /* a source is told with its job */
		words_set_outdated(stream->current->memory);
	streams_settle(stream);
}

void control_stream_live(struct control *control, const char *name, bool live)
{
	struct stream *stream = registry_find(&control->registry, name);
	if (!stream)
		return;
	stream->live = live;
	streams_changed(stream);
}

void control_stream_state(struct control *control, const char *name, enum fb_state state)
{
	struct stream *stream = registry_find(&control->registry, name);
	if (!stream || stream->state == state)
		return;
	if (state == FB_ENDED)
		streams_end(stream);
	else
		streams_set_state(stream, state);
	streams_settle(stream);
}

bool control_stream_wanted(const struct control *control, const char *name)
{
	const struct stream *stream = registry_find(&control->registry, name);
	return stream && stream_wanted(stream);
}

bool control_stream_exists(const struct control *control, const char *name)
{
	return registry_find(&control->registry, name) != NULL;
}

bool control_stream_written(const struct control *control, const char *name)
{
	const struct stream *stream = registry_find(&control->registry, name);
	const struct generation *current = stream ? stream->current : NULL;
	return current && current->state == GENERATION_READY && current->pass == stream->pass;
}

/* What the stream is made from in the end; NULL: that is not there. */
static const struct stream *root_of(const struct control *control, const char *name)
{
	const struct stream *stream = registry_find(&control->registry, name);
	for (unsigned i = 0; stream && *stream_owner(stream)->like && i < LIMIT_STREAMS; i++) /* it may be a circle */
		stream = registry_find(&control->registry, stream_owner(stream)->like);
	return stream;
}

bool control_streams_related(const struct control *control, const char *a, const char *b)
{
	const struct stream *root_a = root_of(control, a), *root_b = root_of(control, b);
	return root_a && root_b && (root_a == root_b || (*root_a->source && !strcmp(root_a->source, root_b->source)));
}
