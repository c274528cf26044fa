/* groups.c: core's part in groups of readers: it gives out their places, and inherits the frames of dead members. */
#include "streams/groups.h"
#include "base/clock.h"
#include "base/error.h"
#include "clients/events.h"
#include "memory/words.h"
#include "streams/seats.h"
#include "streams/streams.h"
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

#define ATTEMPTS 2 /* a frame of which so many members died is given up */

int groups_open(struct stream *stream, const char *name, const struct place_request *request, struct group **ret_group)
{
	struct control *control = stream_owner(stream)->control;
	struct group *group = NULL;
	int r = group_open(stream, name, request, registry_id(&control->registry), &group);
	if (r < 0)
		return r;
	if (group->members == 0 && group->expires_ns == 0) { /* it is new */
		r = seats_take_lead(group, stream->current);
		if (r == 0)
			r = seats_take_lead(group, stream->coming);
	}
	if (r < 0) {
		seats_drop_empty(group, clock_monotonic_ns());
		return r;
	}
	*ret_group = group;
	return 0;
}

static void count_given_up(struct group *group, unsigned frames)
{
	if (frames == 0)
		return;
	group->given_up += frames;
	streams_changed(group->stream);
	stream_owner(group->stream)->given_up += frames;
	control_event(stream_owner(group->stream)->control, "given-up", "stream", group->stream->name,
		      json_pack("{s:s, s:I}", "group", group->name, "frames", (json_int_t)frames));
}

static bool has_place(const struct memory *memory, const struct place *place)
{
	return memory && memory->pages[place->index] && memory->pages[place->group->lead->index];
}

bool groups_bereave(struct place *place)
{
	struct group *group = place->group;
	struct stream *stream = place->stream;
	struct generation *generations[] = {stream->previous, stream->current};
	unsigned given_up = 0;
	bool keep = false;
	for (unsigned i = 0; i < 2; i++) {
		struct memory *memory = streams_memory(generations[i]);
		unsigned offered = 0;
		if (!has_place(memory, place))
			continue;
		struct ring_work_view work = words_work(memory, group->lead->index);
		given_up += ring_work_leave(&work, place->index, ATTEMPTS, &offered);
		keep |= words_keep_offered(memory, place->index, group->lead->index);
		words_wake(memory);
	}
	count_given_up(group, given_up);
	place->kept_until_ns = clock_monotonic_ns() + stream_owner(stream)->output.lossless_timeout_ns;
	group->expires_ns = place->kept_until_ns;
	streams_look_soon(stream_owner(stream)->control);
	return keep;
}

/* Whether another member has yet to take what a dead one held. */
static bool is_kept(struct place *place, int64_t now_ns)
{
	struct group *group = place->group;
	struct stream *stream = place->stream;
	struct generation *generations[] = {stream->previous, stream->current};
	bool late = now_ns >= place->kept_until_ns || stream->removed, kept = false;
	for (unsigned i = 0; i < 2; i++) {
		struct memory *memory = streams_memory(generations[i]);
		if (!has_place(memory, place))
			continue;
		struct ring_work_view work = words_work(memory, group->lead->index);
		if (late)
			count_given_up(group, ring_work_give_up(&work, place->index));
		kept |= words_keep_offered(memory, place->index, group->lead->index);
		words_wake(memory);
	}
	return kept && !late;
}

bool groups_tick(struct stream *stream, int64_t now_ns)
{
	bool more = false;
	for (unsigned i = 0; i < LIMIT_READERS; i++) {
		struct place *place = stream->places[i];
		if (!place || !place->group || place->kept_until_ns == 0)
			continue;
		if (is_kept(place, now_ns))
			more = true;
		else
			seats_free(place);
	}
	for (struct group *group = stream->groups, *next = NULL; group; group = next) {
		next = group->next;
		if (stream->removed)
			group->expires_ns = 0;
		more |= group->members == 0 && now_ns < group->expires_ns;
		seats_drop_empty(group, now_ns);
	}
	return more;
}
