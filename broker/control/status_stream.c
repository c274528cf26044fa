/* status_stream.c: one stream in the status: its format, its slots, who writes it and who reads it. */
#include "control/status_stream.h"
#include "base/clock.h"
#include "clients/client.h"
#include "memory/words.h"
#include "registry/group.h"
#include "streams/streams.h"
#include <stdlib.h>

static const char *const states[] = {[FB_IDLE] = "idle", [FB_CONNECTING] = "connecting",
				     [FB_LIVE] = "live", [FB_STALLED] = "stalled",
				     [FB_LOST] = "lost", [FB_ENDED] = "ended"};
static const char *const media[] = {[FB_VIDEO] = "video", [FB_AUDIO] = "audio", [FB_PACKET] = "packet"};
static const char *const modes[] = {[FB_LATEST] = "latest", [FB_ORDERED] = "ordered", [FB_LOSSLESS] = "lossless"};

static const char *const kinds[] = {[MEMORY_POSIX] = "posix", [MEMORY_MEMFD] = "memfd", [MEMORY_SEALED] = "sealed"};

json_t *status_text(const char *text)
{
	json_t *string = json_string(text);
	return string ? string : json_string("?");
}

static const struct memory *memory_of(const struct stream *stream)
{
	return streams_memory(stream->current);
}

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *ratio(struct fb_rational value)
{
	return json_pack("[i, i]", value.num, value.den);
}

static void add_format(json_t *object, const struct fb_stream_info *info)
{
	const char *format = info->format;
	set(object, "media", json_string(media[info->media]));
	set(object, "width", json_integer(info->width));
	set(object, "height", json_integer(info->height));
	set(object, "pixel_format", status_text(info->media == FB_VIDEO ? format : ""));
	set(object, "codec", status_text(info->media == FB_PACKET ? format : ""));
	set(object, "frame_rate", ratio(info->frame_rate));
	set(object, "sample_aspect_ratio", ratio(info->sample_aspect_ratio));
	set(object, "rotation", json_integer(info->rotation));
	set(object, "color_space", status_text(info->color_space));
	set(object, "color_range", status_text(info->color_range));
	set(object, "sample_format", status_text(info->media == FB_AUDIO ? format : ""));
	set(object, "sample_rate", json_integer(info->sample_rate));
	set(object, "channels", json_integer(info->channels));
	set(object, "frame_size", json_integer(info->frame_size));
}

/* What holds names as sequence numbers: the slot's own word tells. */
static json_t *held_frames(const struct memory *memory, unsigned index)
{
	json_t *list = json_array();
	unsigned slots[LIMIT_HELD], count = memory ? words_holds(memory, index, slots) : 0;
	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, json_integer((json_int_t)words_slot_seq(memory, slots[i])));
	return list;
}

static json_t *reader(const struct stream *stream, const struct place *place)
{
	const struct memory *memory = memory_of(stream);
	const struct client *client = client_find(stream_owner(stream)->control, place->client);
	const struct place *gate = place->group ? place->group->lead : place;
	bool lossless = memory && place->mode == FB_LOSSLESS;
	uint64_t cursor = lossless ? words_cursor(memory, gate->index) : RING_NEVER;
	return json_pack("{s:I, s:i, s:o, s:I, s:s, s:b, s:o, s:i, s:o, s:o}", "client", (json_int_t)place->client,
			 "pid", client ? (int)client->pid : 0, "command", status_text(client ? client->command : ""),
			 "since_utc_ns", (json_int_t)place->since_utc_ns, "mode", modes[place->mode], "passed_over",
			 lossless && words_evicted(memory, gate->index, gate->epoch), "group",
			 status_text(place->group ? place->group->name : ""), "max_held", (int)place->max_held, "held",
			 held_frames(memory, place->index), "cursor",
			 cursor == RING_NEVER ? json_null() : json_integer((json_int_t)cursor));
}

static json_t *readers(const struct stream *stream)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < LIMIT_READERS; i++)
		if (stream->places[i] && !stream->places[i]->closed && !stream->places[i]->lead)
			json_array_append_new(list, reader(stream, stream->places[i]));
	return list;
}

static json_t *writer(const struct stream *stream, const struct writer *writer)
{
	const struct client *client = writer ? client_find(stream_owner(stream)->control, writer->client) : NULL;
	if (!client)
		return json_null();
	return json_pack("{s:I, s:i, s:o}", "client", (json_int_t)client->id, "pid", (int)client->pid, "command",
			 status_text(client->command));
}

static json_t *pool(const struct stream *stream)
{
	const struct stream_owner *owner = stream_owner(stream);
	json_t *writers = json_array();
	for (unsigned i = 0; i < LIMIT_WRITERS; i++)
		if (stream->pool[i])
			json_array_append_new(writers, writer(stream, stream->pool[i]));
	return json_pack("{s:i, s:o, s:I}", "max_writers", (int)stream->terms.max_writers, "writers", writers, "late",
			 (json_int_t)owner->pool.late);
}

static json_int_t held_slots(const struct memory *memory)
{
	json_int_t count = 0;
	bool *held = calloc(memory->layout.slots, sizeof *held);
	for (unsigned index = 0; index < memory->layout.max_readers && held; index++) {
		unsigned slots[LIMIT_HELD], holds = words_holds(memory, index, slots);
		for (unsigned i = 0; i < holds; i++) {
			count += !held[slots[i]];
			held[slots[i]] = true;
		}
	}
	free(held);
	return count;
}

static json_int_t memory_bytes_of(const struct stream *stream)
{
	const struct generation *generations[] = {stream->previous, stream->current, stream->coming};
	json_int_t bytes = 0;
	for (unsigned i = 0; i < 3; i++) {
		const struct memory *memory = generations[i] ? generations[i]->memory : NULL;
		bytes += memory ? (json_int_t)memory->bytes : 0;
	}
	return bytes;
}

json_t *status_stream(const struct stream *stream)
{
	const struct memory *memory = memory_of(stream);
	const struct stream_owner *owner = stream_owner(stream);
	struct fb_stream_info unknown = {.media = (enum fb_media)owner->output.media};
	json_t *object = json_object();
	set(object, "name", json_string(stream->name));
	set(object, "state", json_string(states[stream->state]));
	set(object, "source", *stream->source ? json_string(stream->source) : json_null());
	set(object, "generation", json_integer(memory ? stream->current->number : 0));
	add_format(object, memory ? &memory->layout.info : &unknown);
	set(object, "depth", json_integer((json_int_t)stream->terms.depth));
	set(object, "slots", json_integer(memory ? memory->layout.slots : 0));
	set(object, "held_slots", json_integer(memory ? held_slots(memory) : 0));
	set(object, "head", json_integer(memory ? (json_int_t)words_head(memory) : (json_int_t)stream->next_seq - 1));
	set(object, "fps", json_real(meter_rate(&owner->rate)));
	set(object, "dropped", json_integer(memory ? (json_int_t)(words_dropped(memory) & INT64_MAX) : 0));
	set(object, "memory", memory ? json_string(kinds[memory->kind]) : json_null());
	set(object, "memory_bytes", json_integer(memory_bytes_of(stream)));
	set(object, "given_up", json_integer((json_int_t)owner->given_up));
	set(object, "writer", writer(stream, stream->writer));
	set(object, "pool", stream_is_pool(stream) ? pool(stream) : json_null());
	set(object, "readers", readers(stream));
	return object;
}

void status_sample(struct control *control)
{
	for (struct stream *stream = control->registry.streams; stream; stream = stream->next)
		streams_sample(stream);
}
