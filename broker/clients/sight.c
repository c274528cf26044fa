/* sight.c: filters by the rules of broker.access. */
#include "clients/sight.h"
#include <string.h>

#define ANYTHING (CONFIG_ALLOW_READ | CONFIG_ALLOW_WRITE | CONFIG_ALLOW_ADMIN)

static bool sees_everything(const struct client *client)
{
	struct access_identity identity = client_identity(client);
	return client->is_worker ||
	       access_allows(&client->control->access, &identity, ACCESS_EVERYTHING, CONFIG_ALLOW_ADMIN);
}

static bool sees_name(const struct client *client, const json_t *entry)
{
	struct access_identity identity = client_identity(client);
	const char *name = json_string_value(json_object_get(entry, "name"));
	return name && access_allows(&client->control->access, &identity, name, ANYTHING);
}

static bool is_own(const struct client *client, const json_t *entry)
{
	return json_integer_value(json_object_get(entry, "uid")) == (json_int_t)client->uid;
}

void sight_of_status(const struct client *client, json_t *root)
{
	static const char *const lists[] = {"streams", "sources", "sinks", "clients"};
	if (sees_everything(client))
		return;
	json_object_set_new(root, "config_error", json_null());
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		json_t *list = json_object_get(root, lists[i]);
		bool clients = strcmp(lists[i], "clients") == 0;
		for (size_t k = json_array_size(list); k-- > 0;) {
			const json_t *entry = json_array_get(list, k);
			if (!(clients ? is_own(client, entry) : sees_name(client, entry)))
				json_array_remove(list, k);
		}
	}
}

bool sight_of_event(const struct client *client, const json_t *event)
{
	const char *kind = json_string_value(json_object_get(event, "kind"));
	if (sees_everything(client) || strcmp(kind, "broker") == 0)
		return true;
	if (strcmp(kind, "client") == 0)
		return is_own(client, json_object_get(event, "detail"));
	return sees_name(client, event);
}
