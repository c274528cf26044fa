/* gone.c: what is left of a client is taken back. */
#include "streams/gone.h"
#include "clients/client.h"
#include "clients/events.h"
#include "clients/send.h"
#include "streams/readers.h"
#include "streams/waits.h"
#include "streams/writers.h"

static void bury(struct client *client)
{
	struct control *control = client->control;
	changes_drop(&control->changes, CONTROL_KIND_CLIENT, client->id);
	waits_leave(client);
	writers_leave(client); /* first: what a pool's member was writing is open to who gets its frames */
	readers_leave(client);
	if (client->greeted)
		control_client_event(client, "client-gone");
	struct client **at = &control->clients;
	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	bool is_worker = client->is_worker, refused = client->refused;
	unsigned worker = client->worker;
	struct client *kicker = client->kicker ? client_find(control, client->kicker) : NULL;
	if (kicker)
		client_send_done(kicker, client->kick_serial);
	if (refused)
		control->refused_count--;
	else if (!is_worker)
		control->client_count--;
	client_destroy(client);
	if (is_worker)
		control->hooks.worker_gone(control->hooks.core, worker);
}

static struct client *find_gone(const struct control *control)
{
	struct client *client = control->clients;
	while (client && !client->gone)
		client = client->next;
	return client;
}

void gone_reap(void *context)
{
	struct control *control = context;
	for (struct client *client = NULL; (client = find_gone(control));)
		bury(client);
}
