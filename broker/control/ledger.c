/* ledger.c: keeps what has changed for the next core. */
#include "control/ledger.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/alloc.h"
#include "control/client.h"
#include "control/ledger_stream.h"
#include "control/ledger_tables.h"
#include "control/streams.h"
#include <stdlib.h>
#include <string.h>

#define IDS_AHEAD 16 /* numbers that may be given away before the record of the server is written again */

static uint64_t key_of(enum ledger_kind kind, uint32_t id)
{
	return CONTROL_KEY(kind, id);
}

void ledger_clear(struct ledger *ledger)
{
	free(ledger->drops);
	*ledger = (struct ledger){0};
}

/* ---- marks ---- */

void ledger_stream(struct stream *stream)
{
	struct stream_owner *owner = stream_owner(stream);
	if (!owner) /* it is just being made */
		return;
	owner->changed = true;
	owner->control->ledger.changed = true;
}

void ledger_client(struct client *client)
{
	client->changed = true;
	client->control->ledger.changed = true;
}

static void drop(struct control *control, enum ledger_kind kind, uint32_t id)
{
	struct ledger *ledger = &control->ledger;
	if (!control->hooks.keep)
		return;
	void *drops = ledger->drops;
	uint64_t *added = alloc_append(&drops, &ledger->drop_count, sizeof *added);
	ledger->drops = drops;
	*added = key_of(kind, id);
	ledger->changed = true;
}

void ledger_drop_stream(struct control *control, const struct stream *stream)
{
	drop(control, LEDGER_STREAM, stream->id);
}

void ledger_drop_memory(struct control *control, const struct memory *memory)
{
	if (memory->kept)
		drop(control, LEDGER_MEMORY, memory->id);
}

void ledger_drop_client(const struct client *client)
{
	drop(client->control, LEDGER_CLIENT, client->id);
}

/* ---- records ----
 * What the keeper did not take stays marked, and is tried again with the next flush. */

static int keep(struct control *control, enum ledger_kind kind, uint32_t id, const void *blob, size_t size,
		const int *fds, size_t fd_count)
{
	return control->hooks.keep(control->hooks.core, key_of(kind, id), blob, size, fds, fd_count);
}

/* Takes json. */
static int keep_json(struct control *control, enum ledger_kind kind, uint32_t id, json_t *json, const int *fds,
		     size_t fd_count)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	int r = text ? keep(control, kind, id, text, strlen(text), fds, fd_count) : -1;
	free(text);
	return r;
}

/* Numbers are given away from here until the next core begins behind them. */
static void keep_control(struct control *control)
{
	struct ledger *ledger = &control->ledger;
	if (control->registry.last_id <= ledger->kept_ids && control->last_client <= ledger->kept_clients &&
	    ledger->kept_ids > 0)
		return;
	struct ledger_control record = {.version = LEDGER_VERSION,
					.last_id = control->registry.last_id + IDS_AHEAD,
					.last_client = control->last_client + IDS_AHEAD,
					.started_utc_ns = control->started_utc_ns,
					.memory_limit = control->memory_limit};
	if (keep_json(control, LEDGER_CONTROL, 0, record_pack(&ledger_control_table, &record), NULL, 0) < 0) {
		ledger->changed = true;
		return;
	}
	ledger->kept_ids = record.last_id;
	ledger->kept_clients = record.last_client;
}

static void keep_client(struct client *client)
{
	if (!client->changed || client->gone || !(client->greeted || client->is_worker))
		return;
	json_t *json = record_pack(&ledger_client_table, client);
	client->changed = keep_json(client->control, LEDGER_CLIENT, client->id, json, &client->fd, 1) < 0;
	client->control->ledger.changed |= client->changed;
}

static int keep_memory(struct control *control, const struct generation *generation)
{
	struct memory *memory = generation ? generation->memory : NULL;
	if (!memory || memory->kept || generation->state == GENERATION_COMING)
		return 0;
	struct ledger_memory record = {.kind = memory->kind, .layout = memory->layout};
	int fds[MEMORY_FDS];
	memory->id = registry_id(&control->registry);
	int r = keep(control, LEDGER_MEMORY, memory->id, &record, sizeof record, fds, memory_kept_fds(memory, fds));
	if (r < 0)
		return r;
	memory->kept = true;
	fd_close(&memory->roster_fd); /* for the next core alone */
	return 0;
}

static void keep_stream(struct control *control, const struct stream *stream)
{
	struct stream_owner *owner = stream_owner(stream);
	if (!owner->changed)
		return;
	int r = keep_memory(control, stream->previous);
	if (r == 0)
		r = keep_memory(control, stream->current);
	if (r == 0)
		r = keep_json(control, LEDGER_STREAM, stream->id, ledger_pack_stream(stream), NULL, 0);
	owner->changed = r < 0;
	control->ledger.changed |= owner->changed;
}

/* Nothing that is kept may name what is not: so streams go first, then what they consist of. */
static void drop_all(struct control *control)
{
	struct ledger *ledger = &control->ledger;
	size_t left = 0;
	for (enum ledger_kind kind = LEDGER_STREAM; kind <= LEDGER_CLIENT; kind++)
		for (size_t i = 0; i < ledger->drop_count; i++)
			if (CONTROL_KIND(ledger->drops[i]) == kind &&
			    control->hooks.keep(control->hooks.core, ledger->drops[i], NULL, 0, NULL, 0) == 0)
				ledger->drops[i] = 0;
	for (size_t i = 0; i < ledger->drop_count; i++)
		if (ledger->drops[i])
			ledger->drops[left++] = ledger->drops[i];
	ledger->drop_count = left;
	ledger->changed |= left > 0;
}

void ledger_flush(struct control *control)
{
	if (!control->ledger.changed || !control->hooks.keep)
		return;
	control->ledger.changed = false;
	for (struct client *client = control->clients; client; client = client->next)
		keep_client(client);
	for (const struct stream *stream = control->registry.streams; stream; stream = stream->next)
		keep_stream(control, stream);
	keep_control(control);
	drop_all(control);
}
