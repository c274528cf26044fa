/* ledger_stream.c: a stream as the next core is to find it. */
#include "ledger/ledger_stream.h"
#include "ledger/ledger_tables.h"
#include "registry/group.h"
#include "streams/streams.h"
#include <stdlib.h>

static void add(json_t *array, json_t *value)
{
	json_array_append_new(array, value);
}

/* Where each place begins, and whose processes may have a page mapped: [[index, begin, uid or -1] …] of those of which
 * there is anything to tell. */
static json_t *pack_pages(const struct generation *generation)
{
	json_t *array = json_array();
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		if (generation->begin[i] != generation->first || generation->pages[i].used)
			add(array, json_pack("[i, I, I]", (int)i, (json_int_t)generation->begin[i],
					     generation->pages[i].used ? (json_int_t)generation->pages[i].uid : -1));
	return array;
}

static json_t *pack_generation(const struct generation *generation)
{
	if (!generation || generation->state == GENERATION_COMING)
		return json_null();
	const struct memory *memory = generation->memory;
	json_t *json = record_pack(&ledger_generation_table, generation);
	json_object_set_new(json, "memory", json_integer(memory->id));
	json_object_set_new(json, "pages", pack_pages(generation));
	return json;
}

static json_t *pack_places(const struct stream *stream)
{
	json_t *array = json_array();
	for (unsigned i = 0; i < LIMIT_READERS; i++) {
		const struct place *place = stream->places[i];
		if (!place)
			continue;
		json_t *json = record_pack(&ledger_place_table, place);
		json_object_set_new(json, "group", json_integer(place->group ? place->group->id : 0));
		add(array, json);
	}
	return array;
}

static json_t *pack_groups(const struct stream *stream)
{
	json_t *array = json_array();
	for (const struct group *group = stream->groups; group; group = group->next)
		add(array, record_pack(&ledger_group_table, group));
	return array;
}

/* Of the generation that is ready: those of one that is coming ask again. */
static json_t *pack_writers(const struct stream *stream)
{
	json_t *array = json_array();
	if (!stream->current || stream->current->state != GENERATION_READY)
		return array;
	if (!stream_is_pool(stream) && stream->writer && stream->writer->generation == stream->current->number)
		add(array, record_pack(&ledger_writer_table, stream->writer));
	for (unsigned i = 0; i < LIMIT_WRITERS; i++)
		if (stream->pool[i] && stream->pool[i]->serial == 0)
			add(array, record_pack(&ledger_writer_table, stream->pool[i]));
	return array;
}

static json_t *pack_epochs(const struct stream *stream)
{
	json_t *array = json_array();
	for (unsigned i = 0; i < stream->terms.max_readers && i < LIMIT_READERS; i++)
		add(array, json_integer(stream->epochs[i]));
	return array;
}

static json_t *pack_output(const struct stream_owner *owner)
{
	char *text = config_output_to_text(&owner->output);
	json_t *json = json_string(text);
	free(text);
	return json;
}

json_t *ledger_pack_stream(const struct stream *stream)
{
	const struct {
		const char *key;
		json_t *value;
	} parts[] = {{"owner", record_pack(&ledger_owner_table, stream->owner)},
		     {"output", pack_output(stream->owner)},
		     {"epochs", pack_epochs(stream)},
		     {"previous", pack_generation(stream->previous)},
		     {"current", pack_generation(stream->current)},
		     {"places", pack_places(stream)},
		     {"groups", pack_groups(stream)},
		     {"writers", pack_writers(stream)}};
	json_t *json = record_pack(&ledger_stream_table, stream);
	bool whole = json;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		whole &= json_object_set_new(json, parts[i].key, parts[i].value) == 0;
	if (whole)
		return json;
	json_decref(json);
	return NULL;
}
