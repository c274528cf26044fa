/* admin.c: ADD, REMOVE, RESTART, RELOAD, UPGRADE, which the core does, and KICK. */
#include "control/admin.h"
#include "base/error.h"
#include "clients/send.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int may(const struct client *client, const char *name, enum config_allow what)
{
	struct access_identity identity = client_identity(client);
	if (access_allows(&client->control->access, &identity, name, what))
		return 0;
	return error_set(EACCES, "%s of %s is not allowed to this user: see broker.access",
			 what == CONFIG_ALLOW_READ ? "reading" : "administration",
			 strcmp(name, ACCESS_EVERYTHING) == 0 ? "the whole broker" : name);
}

int control_may_read(const struct control *control, const char *stream)
{
	return control->asking ? may(control->asking, stream, CONFIG_ALLOW_READ) : 0;
}

int control_may_administer(const struct control *control, const char *name)
{
	return control->asking ? may(control->asking, name, CONFIG_ALLOW_ADMIN) : 0;
}

int request_admin(struct client *client, const struct wire_message *message)
{
	struct control *control = client->control;
	int r = may(client, *message->name ? message->name : ACCESS_EVERYTHING, CONFIG_ALLOW_ADMIN);
	if (r < 0)
		return r;
	if (message->type == WIRE_UPGRADE && message->flags & WIRE_AGAIN && client->resumed) {
		client_send_done(client, message->serial); /* this is the new core */
		return 0;
	}
	char *keys = strndup(message->text_size > 0 ? message->text : "", message->text_size);
	if (!keys)
		return error_set(ENOMEM, "no memory for the keys of %s", message->name);
	control->asking = client;
	r = control->hooks.admin(control->hooks.core, message->type, message->kind, message->name, keys);
	control->asking = NULL;
	free(keys);
	if (r == 0)
		client_send_done(client, message->serial);
	return r;
}

int request_kick(struct client *client, const struct wire_message *message)
{
	struct client *other = client_find(client->control, message->count);
	int r = may(client, ACCESS_EVERYTHING, CONFIG_ALLOW_ADMIN);
	if (r < 0)
		return r;
	if (!other)
		return error_set(ENOENT, "there is no client %u: see `framebroker status`", message->count);
	if (other->is_worker)
		return error_set(EPERM,
				 "client %u is one of the broker's own workers: restart its source or sink instead",
				 message->count);
	if (other == client) {
		client_send_done(client, message->serial);
	} else { /* answered when what was its is taken back */
		other->kicker = client->id;
		other->kick_serial = message->serial;
	}
	client_disconnect(other);
	return 0;
}
