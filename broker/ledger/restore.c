/* restore.c: goes on where another core stopped. */
#include "ledger/restore.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "clients/client.h"
#include "clients/send.h"
#include "ledger/ledger_tables.h"
#include "ledger/restore_stream.h"
#include "streams/ends.h"
#include "streams/pool_order.h"
#include "streams/stream_state.h"
#include "streams/waits.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RETURN_NS (10 * NS_PER_SECOND) /* what a client has to ask again for what it was about to get */

struct restoring {
	struct control *control;
	struct memory **memories; /* that no generation has taken yet */
	size_t memory_count;
};

static json_t *parse(const struct control_record *record)
{
	return json_loadb(record->blob, record->size, JSON_REJECT_DUPLICATES, NULL);
}

static int restore_control(struct control *control, const struct control_record *record)
{
	struct ledger_control read = {0};
	json_t *json = parse(record);
	int r = json ? record_unpack(&ledger_control_table, json, &read) : -EPROTO;
	json_decref(json);
	if (r < 0 || read.version != LEDGER_VERSION)
		return error_set(EPROTO, "what the core before this one has left is of another version (%u, not %d)",
				 read.version, LEDGER_VERSION);
	control->registry.last_id = read.last_id;
	control->last_client = read.last_client;
	control->started_utc_ns = read.started_utc_ns;
	if (control->auto_memory_limit) /* half of what was free before any ring was there */
		control->memory_limit = read.memory_limit;
	return 0;
}

static int restore_client(struct control *control, const struct control_record *record)
{
	struct client *client = NULL;
	if (record->fd_count != 1 || record->fds[0] < 0)
		return error_set(EPROTO, "a client has lost its connection on the way");
	json_t *json = parse(record);
	int r = json ? client_create(control, fd_take(&record->fds[0]), -1, &client) : -EPROTO;
	if (r == 0)
		r = record_unpack(&ledger_client_table, json, client);
	json_decref(json);
	if (r < 0)
		return error_set(EPROTO, "a client makes no sense: %s", error_text());
	if (!client->is_worker)
		control->client_count++;
	client->resumed = true;
	return 0;
}

static int restore_memory(struct restoring *restoring, const struct control_record *record)
{
	struct ledger_memory read;
	struct memory *memory = NULL;
	if (record->size != sizeof read)
		return error_set(EPROTO, "a generation's record has another size");
	memcpy(&read, record->blob, sizeof read);
	if (read.kind > MEMORY_SEALED)
		return error_set(EPROTO, "a generation's memory is of no kind");
	int r = memory_restore(&read.layout, (enum memory_kind)read.kind, record->fds, record->fd_count, &memory);
	if (r < 0)
		return r;
	memory->id = (uint32_t)record->key;
	restoring->memories[restoring->memory_count++] = memory;
	return 0;
}

static struct memory *take_memory(void *context, uint32_t id)
{
	struct restoring *restoring = context;
	for (size_t i = 0; i < restoring->memory_count; i++) {
		struct memory *memory = restoring->memories[i];
		if (!memory || memory->id != id)
			continue;
		restoring->memories[i] = NULL;
		return memory;
	}
	return NULL;
}

/* Kept before any stream knew of it, or when none did any more. */
static void drop_memories(struct restoring *restoring)
{
	for (size_t i = 0; i < restoring->memory_count; i++) {
		const struct memory *memory = restoring->memories[i];
		if (memory && memory->kept)
			changes_drop(&restoring->control->changes, CONTROL_KIND_MEMORY, memory->id);
		memory_destroy(restoring->memories[i]);
	}
	free(restoring->memories);
}

static int read_stream(struct restoring *restoring, const struct control_record *record)
{
	json_t *json = parse(record);
	int r = json ? restore_stream(restoring->control, json, take_memory, restoring)
		     : error_set(EPROTO, "a stream's record is no JSON");
	json_decref(json);
	return r;
}

static int restore_one(struct restoring *restoring, enum control_kind kind, const struct control_record *record)
{
	switch (kind) {
	case CONTROL_KIND_SERVER:
		return restore_control(restoring->control, record);
	case CONTROL_KIND_CLIENT:
		return restore_client(restoring->control, record);
	case CONTROL_KIND_MEMORY:
		return restore_memory(restoring, record);
	case CONTROL_KIND_STREAM:
		return read_stream(restoring, record);
	case CONTROL_KIND_CORE:
		break; /* not ours */
	}
	return 0;
}

int restore_records(struct control *control, struct control_record *records, size_t count)
{
	/* each needs those before it */
	static const enum control_kind order[] = {CONTROL_KIND_SERVER, CONTROL_KIND_CLIENT, CONTROL_KIND_MEMORY,
						  CONTROL_KIND_STREAM};
	struct restoring restoring = {.control = control, .memories = calloc(count + 1, sizeof(struct memory *))};
	int r = restoring.memories ? 0 : error_set(ENOMEM, "no memory to take over from the core before this one");
	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (size_t i = 0; i < count && r == 0; i++)
			if (CONTROL_KIND(records[i].key) == order[k])
				r = restore_one(&restoring, order[k], &records[i]);
	drop_memories(&restoring);
	return r;
}

void restore_resume(struct control *control)
{
	for (struct stream *stream = control->registry.streams; stream; stream = stream->next)
		if (stream_is_pool(stream))
			pool_restore(stream);
	for (struct client *client = control->clients; client; client = client->next)
		client_send(client, &(struct wire_message){.type = WIRE_RESUMED}, NULL, 0);
	streams_look_soon(control);
	loop_timer_set(control->settle, RETURN_NS);
}

/* ---- those who do not come back ---- */

/* Nobody writes it, and nobody is about to: its writer died before it was ready, or between two generations. */
static struct stream *find_deserted(const struct control *control)
{
	for (struct stream *stream = control->registry.streams; stream; stream = stream->next)
		if (!stream->removed && !*stream->source && !stream->writer && !stream_owner(stream)->opening &&
		    (stream->created || stream->state == FB_LIVE))
			return stream;
	return NULL;
}

void restore_settle(void *context)
{
	struct control *control = context;
	for (struct stream *stream = NULL; (stream = find_deserted(control));) {
		if (stream->created)
			streams_remove(stream);
		else
			streams_set_state(stream, FB_IDLE);
	}
	waits_poll(control); /* and whoever waited, and does not any more */
}
