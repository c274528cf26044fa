/* client.c: a client's life. */
#include "clients/client.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "clients/identity.h"
#include "clients/outgoing.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CREDIT_MAX_NS (5 * NS_PER_SECOND) /* a burst of 5000 messages, then 1000 a second */
#define MESSAGE_COST_NS NS_PER_MS
#define LOG_COST_NS (100 * NS_PER_MS)
#define LOG_CREDIT_MAX_NS NS_PER_SECOND

int client_create(struct control *control, int fd, int worker, struct client **ret_client)
{
	struct client *client = calloc(1, sizeof *client);
	if (!client) {
		close(fd);
		return error_set(ENOMEM, "no memory for a client");
	}
	client->control = control;
	client->fd = fd;
	client->out_end = &client->out;
	client->since_utc_ns = clock_utc_ns();
	client->since_ns = clock_monotonic_ns();
	client->credit_ns = client->since_ns - CREDIT_MAX_NS;
	client->is_worker = worker >= 0;
	client->worker = worker >= 0 ? (unsigned)worker : 0;
	int r = identity_of_peer(fd, &client->pid, &client->uid, &client->groups, &client->group_count);
	if (r < 0) {
		client_destroy(client);
		return r;
	}
	client_set_pid(client, client->pid);
	client->id = ++control->last_client;
	client->next = control->clients;
	control->clients = client;
	*ret_client = client;
	return 0;
}

void client_destroy(struct client *client)
{
	while (client->out) {
		struct outgoing *outgoing = client->out;
		client->out = outgoing->next;
		outgoing_free(outgoing);
	}
	fd_close(&client->fd);
	free(client->groups);
	free(client);
}

void client_changed(struct client *client)
{
	client->changed = true;
	client->control->changes.any = true;
}

void client_set_pid(struct client *client, pid_t pid)
{
	client->pid = pid;
	client_changed(client);
	identity_command(pid, client->command, sizeof client->command);
}

struct access_identity client_identity(const struct client *client)
{
	return (struct access_identity){client->uid, client->groups, client->group_count};
}

bool client_spend_credit(struct client *client)
{
	int64_t now_ns = clock_monotonic_ns();
	if (client->credit_ns < now_ns - CREDIT_MAX_NS)
		client->credit_ns = now_ns - CREDIT_MAX_NS;
	client->credit_ns += MESSAGE_COST_NS;
	return client->credit_ns <= now_ns;
}

void client_disconnect(struct client *client)
{
	if (client->gone)
		return;
	client->gone = true;
	loop_unwatch(client->control->loop, client->fd);
	shutdown(client->fd, SHUT_RDWR); /* the keeper has it too */
	fd_close(&client->fd);
	loop_timer_set(client->control->reap, 0);
}

void client_log(struct client *client, const char *text)
{
	struct control *control = client->control;
	int64_t now_ns = clock_monotonic_ns();
	if (control->log_tokens_ns < now_ns - LOG_CREDIT_MAX_NS)
		control->log_tokens_ns = now_ns - LOG_CREDIT_MAX_NS;
	if (control->log_tokens_ns + LOG_COST_NS > now_ns) {
		control->log_skipped++;
		return;
	}
	control->log_tokens_ns += LOG_COST_NS;
	if (control->log_skipped > 0)
		log_warning("control", "%" PRId64 " more lines like the next", control->log_skipped);
	control->log_skipped = 0;
	log_warning("control", "client %u (pid %d, uid %u, %s): %s", client->id, (int)client->pid, client->uid,
		    client->command, text);
}

struct client *client_find(const struct control *control, uint32_t id)
{
	for (struct client *client = control->clients; client; client = client->next)
		if (client->id == id && !client->gone)
			return client;
	return NULL;
}

struct client *client_find_worker(const struct control *control, unsigned worker)
{
	for (struct client *client = control->clients; client; client = client->next)
		if (client->is_worker && client->worker == worker && !client->gone)
			return client;
	return NULL;
}
