/* status.c: the whole status as one JSON text. */
#include "control/status.h"
#include "base/error.h"
#include "clients/sight.h"
#include "clients/text.h"
#include "control/status_stream.h"
#include "streams/streams.h"
#include "streams/writers.h"
#include "json/json_memory.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What auto means is decided for each ring; posix where it was chosen once. */
static enum config_memory mode_in_use(const struct control *control)
{
	enum config_memory mode = control->memory_mode;
	for (const struct stream *stream = control->registry.streams; stream; stream = stream->next) {
		const struct memory *memory = streams_memory(stream->current);
		if (memory && (mode == CONFIG_MEMORY_AUTO || memory->kind == MEMORY_POSIX))
			mode = memory->kind == MEMORY_POSIX ? CONFIG_MEMORY_POSIX : CONFIG_MEMORY_MEMFD;
	}
	return mode;
}

static json_t *status_memory(const struct control *control)
{
	static const char *const modes[] = {[CONFIG_MEMORY_AUTO] = "auto",
					    [CONFIG_MEMORY_POSIX] = "posix",
					    [CONFIG_MEMORY_MEMFD] = "memfd",
					    [CONFIG_MEMORY_SEALED] = "sealed"};
	return json_pack("{s:s, s:I, s:I}", "mode", modes[mode_in_use(control)], "used_bytes",
			 (json_int_t)control->memory_used, "limit_bytes", (json_int_t)control->memory_limit);
}

static json_t *status_streams(const struct control *control)
{
	json_t *list = json_array();
	for (const struct stream *stream = control->registry.streams; stream; stream = stream->next)
		if (!stream->removed)
			json_array_append_new(list, status_stream(stream));
	return list;
}

static json_t *status_client(const struct client *client)
{
	json_int_t readers = 0, writers = 0;
	for (const struct place *place = client->places; place; place = place->next)
		readers += !place->closed;
	for (const struct writer *writer = client->writers; writer; writer = writer->next)
		writers += writers_is_writing(writer);
	return json_pack("{s:I, s:i, s:I, s:o, s:I, s:I, s:I}", "id", (json_int_t)client->id, "pid", (int)client->pid,
			 "uid", (json_int_t)client->uid, "command", status_text(client->command), "since_utc_ns",
			 (json_int_t)client->since_utc_ns, "readers", readers, "writers", writers);
}

static json_t *status_clients(const struct control *control)
{
	json_t *list = json_array();
	for (const struct client *client = control->clients; client; client = client->next)
		if (client->greeted && !client->gone)
			json_array_append_new(list, status_client(client));
	return list;
}

static json_t *status_all(const struct control *control)
{
	json_t *root = json_pack("{s:s, s:i, s:i, s:o, s:I, s:o, s:o, s:o}", "version", FRAMEBROKER_VERSION, "protocol",
				 WIRE_PROTOCOL, "pid", (int)getpid(), "socket",
				 status_text(control->path ? control->path : ""), "started_utc_ns",
				 (json_int_t)control->started_utc_ns, "memory", status_memory(control), "streams",
				 status_streams(control), "clients", status_clients(control));
	if (root)
		control->hooks.status(control->hooks.core, root);
	return root;
}

int request_status(struct client *client, const struct wire_message *message)
{
	struct access_identity identity = client_identity(client);
	if (!client->is_worker && !access_allows_some(&client->control->access, &identity, CONFIG_ALLOW_READ))
		return error_set(EACCES, "the status is not shown to this user: see broker.access");
	json_memory_watch();
	json_t *root = status_all(client->control);
	sight_of_status(client, root);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	if (json_memory_lacked()) {
		free(text);
		text = NULL;
	}
	if (!text)
		return error_set(ENOMEM, "no memory for the status");
	int r = client_send_text(client, message->serial, text, strlen(text));
	free(text);
	return r;
}
