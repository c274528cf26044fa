/* events.c: tells subscribers what happens. */
#include "clients/events.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "clients/send.h"
#include "clients/sight.h"
#include "json/json_memory.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_MAX (LIMIT_MESSAGE - 64)

static bool has_subscribers(const struct control *control)
{
	for (const struct client *client = control->clients; client; client = client->next)
		if (client->wants_events && !client->gone)
			return true;
	return false;
}

void control_event(struct control *control, const char *event, const char *kind, const char *name, json_t *detail)
{
	if (!has_subscribers(control)) {
		json_decref(detail);
		return;
	}
	json_memory_watch();
	json_t *json = json_pack("{s:I, s:s, s:s, s:s, s:o}", "utc_ns", (json_int_t)clock_utc_ns(), "event", event,
				 "kind", kind, "name", name, "detail", detail ? detail : json_object());
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	size_t size = text ? strlen(text) : 0;
	if (size == 0 || size > EVENT_MAX || json_memory_lacked()) {
		log_error("control", "the event %s of %s %s is no text, too long, or found no memory", event, kind,
			  name);
		json_decref(json);
		free(text);
		return;
	}
	struct wire_message message = {.type = WIRE_EVENT, .text = text, .text_size = size};
	for (struct client *client = control->clients; client; client = client->next)
		if (client->wants_events && sight_of_event(client, json))
			client_send(client, &message, NULL, 0);
	json_decref(json);
	free(text);
}

void control_client_event(struct client *client, const char *event)
{
	json_t *detail = json_pack("{s:I, s:i, s:I}", "client", (json_int_t)client->id, "pid", (int)client->pid, "uid",
				   (json_int_t)client->uid);
	control_event(client->control, event, "client", client->command, detail);
}

int request_events(struct client *client, const struct wire_message *message)
{
	struct access_identity identity = client_identity(client);
	if (!client->is_worker && !access_allows_some(&client->control->access, &identity, CONFIG_ALLOW_READ))
		return error_set(EACCES, "events are not shown to this user: see broker.access");
	client->wants_events = true;
	client_changed(client);
	client_send_done(client, message->serial);
	return 0;
}
