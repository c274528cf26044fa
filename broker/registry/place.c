/* place.c: admission of readers, and their way from generation to generation. */
#include "registry/place.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>

bool place_joins(const struct place *place, const struct generation *generation)
{
	return generation->pass == place->pass && generation->number >= place->joined;
}

bool place_needs(const struct place *place, const struct generation *generation)
{
	return !place->closed && !place->lead && place_joins(place, generation) && generation->number > place->done;
}

bool place_awaits(const struct place *place, const struct generation *generation)
{
	return place_needs(place, generation) && generation->number > place->attached;
}

bool place_ended(const struct place *place)
{
	return place->pass != place->stream->pass || place->stream->removed;
}

bool place_counts(const struct place *place)
{
	return !place->closed && !place->lead && !place_ended(place);
}

static unsigned count_lossless(const struct stream *stream)
{
	unsigned count = 0;
	for (unsigned i = 0; i < LIMIT_READERS; i++) {
		const struct place *place = stream->places[i];
		if (place && place_counts(place) && place->mode == FB_LOSSLESS)
			count++;
	}
	return count;
}

static int admit_lossless(const struct stream *stream)
{
	const struct stream_terms *terms = &stream->terms;
	if (terms->lossless == LOSSLESS_DENY)
		return error_set(EPERM, "stream %s takes no lossless readers (lossless: deny): read it ordered",
				 stream->name);
	if (terms->lossless == LOSSLESS_AUTO && stream->live)
		return error_set(EPERM,
				 "stream %s is live and cannot wait for lossless readers: read it ordered, or set "
				 "lossless: allow",
				 stream->name);
	/* each of them may hold one frame while it waits; one more slot lets the writer go on */
	unsigned most = terms->depth + terms->spare - 1;
	if (count_lossless(stream) >= most)
		return error_set(EUSERS,
				 "stream %s has %u lossless readers, the most for depth %u and spare %u: raise `spare`",
				 stream->name, most, terms->depth, terms->spare);
	return 0;
}

static int admit(const struct stream *stream, const struct place_request *request)
{
	if (request->mode != FB_LATEST && request->mode != FB_ORDERED && request->mode != FB_LOSSLESS)
		return error_set(EINVAL, "%d is no mode of reading", (int)request->mode);
	if (request->max_held < 1 || request->max_held > stream->terms.max_held)
		return error_set(EINVAL, "max_held %u: stream %s allows 1 to %u; raise its `max_held`",
				 request->max_held, stream->name, stream->terms.max_held);
	return request->mode == FB_LOSSLESS ? admit_lossless(stream) : 0;
}

static uint32_t first_generation(const struct stream *stream)
{
	if (stream->current && stream->current->state == GENERATION_READY && stream->current->pass == stream->pass)
		return stream->current->number;
	if (stream->coming && stream->coming->pass == stream->pass)
		return stream->coming->number;
	return stream->last_generation + 1;
}

/* A process of the page's last owner may still have it mapped, so within a generation it is only for the same user. */
static bool page_free(const struct generation *generation, const struct place *place, unsigned index)
{
	if (!generation || !place_joins(place, generation) || !generation->pages[index].used)
		return true;
	return generation->pages[index].uid == place->uid;
}

static int take_index(struct place *place)
{
	struct stream *stream = place->stream;
	for (unsigned i = 0; i < stream->terms.max_readers && i < LIMIT_READERS; i++) {
		if (stream->places[i] || !page_free(stream->current, place, i) || !page_free(stream->coming, place, i))
			continue;
		stream->places[i] = place;
		place->index = i;
		place->epoch = ++stream->epochs[i];
		return 0;
	}
	return error_set(EUSERS, "all %u places of stream %s are taken: raise its `max_readers`",
			 stream->terms.max_readers, stream->name);
}

static int create(struct stream *stream, const struct place_request *request, struct place **ret_place)
{
	struct place *place = calloc(1, sizeof *place);
	if (!place)
		return error_set(ENOMEM, "no memory for a reader of stream %s", stream->name);
	place->client = request->client;
	place->uid = request->uid;
	place->mode = request->mode;
	place->max_held = request->max_held;
	place->stream = stream;
	place->pass = stream->pass;
	place->joined = first_generation(stream);
	place->since_utc_ns = clock_utc_ns();
	int r = take_index(place);
	if (r < 0) {
		free(place);
		return r;
	}
	*ret_place = place;
	return 0;
}

int place_open(struct stream *stream, const struct place_request *request, struct place **ret_place)
{
	int r = admit(stream, request);
	return r < 0 ? r : create(stream, request, ret_place);
}

int place_lead(struct stream *stream, const struct place_request *request, struct place **ret_place)
{
	int r = create(stream, request, ret_place);
	if (r == 0)
		(*ret_place)->lead = true;
	return r;
}

static void leave_group(struct place *place)
{
	if (place->group && place->group->lead != place)
		place->group->members--;
	place->group = NULL;
}

void place_destroy(struct place *place)
{
	if (!place)
		return;
	leave_group(place);
	place->stream->places[place->index] = NULL;
	free(place);
}

static void use_page(struct generation *generation, const struct place *place)
{
	generation->pages[place->index].used = true;
	generation->pages[place->index].uid = place->uid;
}

int place_attach(struct place *place, uint32_t done, struct generation **ret_generation)
{
	if (done > place->attached)
		return error_set(EINVAL, "generation %u of stream %s was never given to this reader", done,
				 place->stream->name);
	if (done > place->done)
		place->done = done;
	struct generation *generations[] = {place->stream->previous, place->stream->current};
	for (unsigned i = 0; i < 2; i++) {
		struct generation *generation = generations[i];
		if (!generation || !place_needs(place, generation))
			continue;
		place->pending = false;
		place->attached = generation->number;
		use_page(generation, place);
		if (place->group)
			use_page(generation, place->group->lead);
		*ret_generation = generation;
		return 0;
	}
	if (place_ended(place))
		return error_set(ENODATA, "stream %s has ended", place->stream->name);
	place->pending = true;
	return -EAGAIN;
}
