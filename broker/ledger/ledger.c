/* ledger.c: keeps what has changed for the next core. */
#include "ledger/ledger.h"
#include "base/fd.h"
#include "clients/client.h"
#include "json/json_memory.h"
#include "ledger/ledger_stream.h"
#include "ledger/ledger_tables.h"
#include "streams/streams.h"
#include <stdlib.h>
#include <string.h>

#define IDS_AHEAD 16 /* numbers that may be given away before the record of the server is written again */

/* What the keeper did not take stays marked, and is tried again with the next flush. */

static int keep(struct control *control, enum control_kind kind, uint32_t id, const void *blob, size_t size,
		const int *fds, size_t fd_count)
{
	return control->hooks.keep(control->hooks.core, CONTROL_KEY(kind, id), blob, size, fds, fd_count);
}

/* Takes json. */
static int keep_json(struct control *control, enum control_kind kind, uint32_t id, json_t *json, const int *fds,
		     size_t fd_count)
{
	char *text = json && !json_memory_lacked() ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	int r = text ? keep(control, kind, id, text, strlen(text), fds, fd_count) : -1;
	free(text);
	return r;
}

/* Numbers are given away from here until the next core begins behind them: this record goes before those in which new
 * ones stand. */
static int keep_control(struct control *control)
{
	if (control->registry.last_id <= control->kept_ids && control->last_client <= control->kept_clients &&
	    control->kept_ids > 0)
		return 0;
	struct ledger_control record = {.version = LEDGER_VERSION,
					.last_id = control->registry.last_id + IDS_AHEAD,
					.last_client = control->last_client + IDS_AHEAD,
					.started_utc_ns = control->started_utc_ns,
					.memory_limit = control->memory_limit};
	int r = keep_json(control, CONTROL_KIND_SERVER, 0, record_pack(&ledger_control_table, &record), NULL, 0);
	if (r < 0)
		return r;
	control->kept_ids = record.last_id;
	control->kept_clients = record.last_client;
	return 0;
}

static void keep_client(struct client *client)
{
	if (!client->changed || client->gone || !(client->greeted || client->is_worker))
		return;
	json_t *json = record_pack(&ledger_client_table, client);
	client->changed = keep_json(client->control, CONTROL_KIND_CLIENT, client->id, json, &client->fd, 1) < 0;
	client->control->changes.any |= client->changed;
}

static int keep_memory(struct control *control, const struct generation *generation)
{
	struct memory *memory = generation ? generation->memory : NULL;
	if (!memory || memory->kept || generation->state == GENERATION_COMING)
		return 0;
	struct ledger_memory record = {.kind = memory->kind, .layout = memory->layout};
	int fds[MEMORY_FDS];
	int r = keep(control, CONTROL_KIND_MEMORY, memory->id, &record, sizeof record, fds,
		     memory_kept_fds(memory, fds));
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
		r = keep_json(control, CONTROL_KIND_STREAM, stream->id, ledger_pack_stream(stream), NULL, 0);
	owner->changed = r < 0;
	control->changes.any |= owner->changed;
}

/* Nothing that is kept may name what is not: so streams go first, then what they consist of. */
static void drop_all(struct control *control)
{
	struct changes *changes = &control->changes;
	size_t left = 0;
	for (enum control_kind kind = CONTROL_KIND_STREAM; kind <= CONTROL_KIND_CLIENT; kind++)
		for (size_t i = 0; i < changes->drop_count; i++)
			if (CONTROL_KIND(changes->drops[i]) == kind &&
			    control->hooks.keep(control->hooks.core, changes->drops[i], NULL, 0, NULL, 0) == 0)
				changes->drops[i] = 0;
	for (size_t i = 0; i < changes->drop_count; i++)
		if (changes->drops[i])
			changes->drops[left++] = changes->drops[i];
	changes->drop_count = left;
	changes->any |= left > 0;
}

void ledger_flush(struct control *control)
{
	if (!control->changes.needed || !control->changes.any)
		return;
	if (keep_control(control) < 0)
		return;
	control->changes.any = false;
	json_memory_watch();
	for (struct client *client = control->clients; client; client = client->next)
		keep_client(client);
	for (const struct stream *stream = control->registry.streams; stream; stream = stream->next)
		keep_stream(control, stream);
	drop_all(control);
}
