/* restore_stream.c: reads a stream. Each number is checked: what does not fit refuses
 * the whole. */
#include "ledger/restore_stream.h"
#include "base/error.h"
#include "base/name.h"
#include "clients/client.h"
#include "config/errors.h"
#include "ledger/ledger_tables.h"
#include "memory/words.h"
#include "registry/group.h"
#include "streams/streams.h"
#include <errno.h>
#include <stdlib.h>

static int no_sense(const struct stream *stream, const char *what)
{
	return error_set(EPROTO, "stream %s: its %s make no sense", stream->name, what);
}

static bool is_mode(enum fb_mode mode)
{
	return mode == FB_LATEST || mode == FB_ORDERED || mode == FB_LOSSLESS;
}

/* ---- the stream itself ---- */

static int check(const struct stream *stream)
{
	const struct stream_terms *terms = &stream->terms;
	if (name_fault(stream->name) || stream->id == 0 || terms->max_readers > LIMIT_READERS ||
	    terms->max_writers < 1 || terms->max_writers > LIMIT_WRITERS || terms->max_held > LIMIT_HELD ||
	    terms->depth > LIMIT_PACKETS || terms->spare > LIMIT_SLOTS || terms->lossless > LOSSLESS_DENY ||
	    stream->state > FB_ENDED || stream->next_seq < 1 || stream->next_seq > RING_SEQ_MAX)
		return no_sense(stream, "numbers");
	return 0;
}

static int add_stream(struct control *control, const json_t *json, struct stream **ret_stream)
{
	struct stream read = {0};
	struct config_output *output = NULL;
	struct config_errors errors = {0};
	const char *keys = json_string_value(json_object_get(json, "output"));
	int r = record_unpack(&ledger_stream_table, json, &read);
	if (r == 0)
		r = check(&read);
	if (r == 0 && (!keys || config_output_from_keys(read.name, keys, &output, &errors) < 0))
		r = no_sense(&read, "keys");
	if (r == 0)
		r = streams_restore(control, read.name, output, ret_stream);
	if (r == 0)
		r = record_unpack(&ledger_stream_table, json, *ret_stream);
	if (r == 0)
		r = record_unpack(&ledger_owner_table, json_object_get(json, "owner"), (*ret_stream)->owner);
	config_output_free(output);
	config_errors_clear(&errors);
	return r;
}

static void read_epochs(struct stream *stream, const json_t *array)
{
	size_t i;
	const json_t *epoch;
	json_array_foreach (array, i, epoch)
		if (i < LIMIT_READERS)
			stream->epochs[i] = (uint32_t)json_integer_value(epoch);
}

/* ---- generations ---- */

static int read_pages(const struct stream *stream, struct generation *generation, const json_t *array)
{
	size_t k;
	json_t *page;
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		generation->begin[i] = generation->first;
	json_array_foreach (array, k, page) {
		int index;
		json_int_t begin, uid;
		if (json_unpack(page, "[i, I, I]", &index, &begin, &uid) < 0 || index < 0 || index >= LIMIT_READERS ||
		    begin < 0)
			return no_sense(stream, "pages");
		generation->begin[index] = (uint64_t)begin;
		generation->pages[index].used = uid >= 0;
		generation->pages[index].uid = uid >= 0 ? (uid_t)uid : 0;
	}
	return 0;
}

static int read_generation(struct stream *stream, const json_t *json, restore_memory_fn *take_memory, void *context,
			   struct generation **ret_generation)
{
	if (!json_is_object(json))
		return 0;
	struct generation *generation = calloc(1, sizeof *generation);
	if (!generation)
		return error_set(ENOMEM, "no memory for a generation of stream %s", stream->name);
	*ret_generation = generation;
	int r = record_unpack(&ledger_generation_table, json, generation);
	if (r == 0)
		r = read_pages(stream, generation, json_object_get(json, "pages"));
	if (r < 0)
		return r;
	struct memory *memory = take_memory(context, (uint32_t)json_integer_value(json_object_get(json, "memory")));
	generation->memory = memory;
	if (!memory || (generation->state != GENERATION_READY && generation->state != GENERATION_OVER) ||
	    memory->layout.first != generation->first || memory->layout.info.generation != generation->number ||
	    generation->number > stream->last_generation)
		return no_sense(stream, "generations");
	stream_owner(stream)->control->memory_used += memory->bytes;
	return 0;
}

/* ---- readers ---- */

static int read_group(struct stream *stream, const json_t *json)
{
	struct group *group = calloc(1, sizeof *group);
	if (!group)
		return error_set(ENOMEM, "no memory for a group of stream %s", stream->name);
	group->stream = stream;
	group->next = stream->groups;
	stream->groups = group;
	int r = record_unpack(&ledger_group_table, json, group);
	return r < 0 || is_mode(group->mode) ? r : no_sense(stream, "groups");
}

static int join_group(struct place *place, uint32_t id)
{
	struct group *group = id ? group_find(place->stream, id) : NULL;
	bool kept = place->kept_until_ns > 0; /* a dead member's, never the group's own */
	if ((id && !group) || (place->lead && (!group || group->lead)) ||
	    (kept && (!group || place->lead || !place->closed)))
		return no_sense(place->stream, "groups");
	if (place->lead) {
		place->group = group;
		group->lead = place;
	} else if (group) {
		place->group = group;
		group->members++;
	}
	return 0;
}

/* A group's own place is nobody's, and so is a dead member's. */
static int list_place(struct place *place)
{
	struct client *client = client_find(stream_owner(place->stream)->control, place->client);
	if (place->lead || (place->closed && place->kept_until_ns > 0))
		return 0;
	if (!client)
		return no_sense(place->stream, "readers");
	place->next = client->places;
	client->places = place;
	return 0;
}

static int read_place(struct stream *stream, const json_t *json)
{
	struct place *place = calloc(1, sizeof *place);
	if (!place)
		return error_set(ENOMEM, "no memory for a reader of stream %s", stream->name);
	int r = record_unpack(&ledger_place_table, json, place);
	place->stream = stream;
	if (r < 0 || place->index >= stream->terms.max_readers || stream->places[place->index] ||
	    !is_mode(place->mode) || place->max_held > LIMIT_HELD) {
		free(place);
		return no_sense(stream, "readers");
	}
	r = join_group(place, (uint32_t)json_integer_value(json_object_get(json, "group")));
	if (r < 0) {
		free(place);
		return r;
	}
	stream->places[place->index] = place;
	return list_place(place);
}

static int all_have_leads(const struct stream *stream)
{
	for (const struct group *group = stream->groups; group; group = group->next)
		if (!group->lead)
			return no_sense(stream, "groups");
	return 0;
}

/* ---- writers ---- */

static int read_writer(struct stream *stream, const json_t *json)
{
	struct writer *writer = calloc(1, sizeof *writer);
	if (!writer)
		return error_set(ENOMEM, "no memory for a writer of stream %s", stream->name);
	int r = record_unpack(&ledger_writer_table, json, writer);
	struct client *client = r == 0 ? client_find(stream_owner(stream)->control, writer->client) : NULL;
	bool pool = stream_is_pool(stream);
	if (!client || !stream->current ||
	    (pool ? writer->number >= stream->terms.max_writers || stream->pool[writer->number]
		  : stream->writer != NULL)) {
		free(writer);
		return no_sense(stream, "writers");
	}
	writer->stream = stream;
	writer->next = client->writers;
	client->writers = writer;
	if (pool)
		stream->pool[writer->number] = writer;
	if (!stream->writer)
		stream->writer = writer;
	return 0;
}

/* ---- what is in shared memory ---- */

/* Places that the other core gave away and told nobody of are nobody's. */
static int map_places(struct stream *stream, struct generation *generation)
{
	struct memory *memory = generation->memory;
	int r = 0;
	for (unsigned i = 0; i < memory->layout.max_readers && r == 0; i++) {
		const struct place *place = stream->places[i];
		uint32_t epoch = words_epoch(memory, i);
		bool seated = place && place_joins(place, generation);
		if (epoch > stream->epochs[i])
			stream->epochs[i] = epoch;
		if (seated || epoch)
			r = words_map(memory, i);
		if (r == 0 && !seated)
			words_unseat(memory, i);
	}
	return r;
}

static int join_memory(struct stream *stream)
{
	struct generation *generations[] = {stream->previous, stream->current};
	int r = 0;
	for (unsigned i = 0; i < 2 && r == 0; i++) {
		if (!generations[i])
			continue;
		if (generations[i]->pass == stream->pass)
			words_set_state(generations[i]->memory, stream->state);
		r = map_places(stream, generations[i]);
	}
	if (stream->previous && stream->current)
		words_set_newest(stream->previous->memory, stream->current->number);
	return r;
}

/* ---- all of it ---- */

typedef int read_fn(struct stream *stream, const json_t *json);

static int read_array(struct stream *stream, const json_t *array, read_fn *read)
{
	size_t i;
	const json_t *item;
	int r = 0;
	json_array_foreach (array, i, item) {
		r = read(stream, item);
		if (r < 0)
			break;
	}
	return r;
}

int restore_stream(struct control *control, const json_t *json, restore_memory_fn *take_memory, void *context)
{
	struct stream *stream = NULL;
	int r = add_stream(control, json, &stream);
	if (r < 0)
		return r;
	read_epochs(stream, json_object_get(json, "epochs"));
	r = read_generation(stream, json_object_get(json, "previous"), take_memory, context, &stream->previous);
	if (r == 0)
		r = read_generation(stream, json_object_get(json, "current"), take_memory, context, &stream->current);
	if (r == 0)
		r = read_array(stream, json_object_get(json, "groups"), read_group);
	if (r == 0)
		r = read_array(stream, json_object_get(json, "places"), read_place);
	if (r == 0)
		r = all_have_leads(stream);
	if (r == 0)
		r = read_array(stream, json_object_get(json, "writers"), read_writer);
	if (r == 0)
		r = join_memory(stream);
	stream_owner(stream)->unclaimed = !stream->created && !stream->removed;
	if (r == 0)
		streams_sample(stream);
	return r;
}
