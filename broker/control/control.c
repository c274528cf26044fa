/* control.c: makes the socket server and takes it apart, and what it does once a second. */
#include "control/control.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "clients/client.h"
#include "control/server.h"
#include "control/status_stream.h"
#include "ledger/ledger.h"
#include "ledger/restore.h"
#include "memory/available.h"
#include "streams/ends.h"
#include "streams/gone.h"
#include "streams/pools.h"
#include "streams/readers.h"
#include "streams/waits.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void tick(void *context)
{
	struct control *control = context;
	status_sample(control);
	server_check_greetings(control);
	for (struct client *client = control->clients; client; client = client->next)
		if (!client->gone)
			readers_sweep(client);
	loop_timer_set(control->tick, NS_PER_SECOND);
}

static int create_timers(struct control *control)
{
	const struct {
		loop_timer_fn *call;
		struct loop_timer **timer;
	} timers[] = {
		{gone_reap, &control->reap},  {server_flush, &control->flush}, {server_accept_again, &control->accept},
		{waits_poll, &control->poll}, {pools_tick, &control->look},    {restore_settle, &control->settle},
		{tick, &control->tick}};
	int r = 0;
	for (size_t i = 0; i < sizeof timers / sizeof timers[0] && r == 0; i++)
		r = loop_timer_create(control->loop, timers[i].call, control, timers[i].timer);
	return r;
}

void control_keep(struct control *control)
{
	ledger_flush(control);
}

int control_create(struct loop *loop, const struct config_broker *config, const struct control_hooks *hooks,
		   struct control **ret_control)
{
	struct control *control = calloc(1, sizeof *control);
	if (!control)
		return error_set(ENOMEM, "no memory for the socket server");
	control->loop = loop;
	control->hooks = *hooks;
	control->listening = -1;
	control->max_clients = (unsigned)config->max_clients;
	control->limits = config->limits;
	control->keep = ledger_flush;
	control->changes.needed = hooks->keep;
	control->memory_mode = config->memory;
	control->auto_memory_limit = config->memory_limit_bytes == CONFIG_AUTO_SIZE;
	control->memory_limit = control->auto_memory_limit ? available_memory() / 2 : config->memory_limit_bytes;
	control->started_utc_ns = clock_utc_ns();
	int r = access_init(&control->access, config);
	if (r == 0)
		r = create_timers(control);
	if (r < 0) {
		control_destroy(control);
		return r;
	}
	loop_timer_set(control->tick, NS_PER_SECOND);
	*ret_control = control;
	return 0;
}

int control_listen(struct control *control, int listening_fd, const char *path)
{
	char *copy = strdup(path);
	int r = copy ? loop_watch(control->loop, listening_fd, EPOLLIN, server_on_connection, control)
		     : error_set(ENOMEM, "no memory to listen at %s", path);
	if (r < 0) {
		free(copy);
		close(listening_fd);
		return r;
	}
	control->listening = listening_fd;
	control->path = copy;
	return 0;
}

int control_restore(struct control *control, struct control_record *records, size_t count)
{
	int r = restore_records(control, records, count);
	for (struct client *client = control->clients; client && r == 0; client = client->next)
		r = server_watch(client);
	if (r == 0)
		restore_resume(control);
	return r;
}

static void free_clients(struct control *control)
{
	while (control->clients) {
		struct client *client = control->clients;
		control->clients = client->next;
		while (client->writers) {
			struct writer *writer = client->writers;
			client->writers = writer->next;
			free(writer);
		}
		loop_unwatch(control->loop, client->fd);
		client_destroy(client);
	}
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	control->changes.needed = false; /* nothing of what follows is news */
	if (control->listening >= 0)
		loop_unwatch(control->loop, control->listening);
	fd_close(&control->listening);
	for (struct stream *stream = control->registry.streams; stream; stream = stream->next)
		streams_free_owner(stream);
	registry_clear(&control->registry);
	free_clients(control);
	loop_timer_destroy(control->reap);
	loop_timer_destroy(control->flush);
	loop_timer_destroy(control->accept);
	loop_timer_destroy(control->poll);
	loop_timer_destroy(control->tick);
	loop_timer_destroy(control->look);
	loop_timer_destroy(control->settle);
	changes_clear(&control->changes);
	access_clear(&control->access);
	pace_clear(&control->pace);
	free(control->path);
	free(control);
}
