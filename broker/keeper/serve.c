/* serve.c: what the core asks of the keeper. */
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "keeper/listen.h"
#include "keeper/lock.h"
#include "keeper/notify.h"
#include "keeper/spawn.h"
#include "keeper/state.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TOPIC "keeper"
#define SETTLED_NS NS_PER_SECOND /* a core that has been ready for so long has taken over */

static const char *const programs[KEEPER_PROGRAM_END] = {
	[KEEPER_SOURCE] = "framebroker-source", [KEEPER_SINK] = "framebroker-sink"};

static void tell_failed(struct keeper *keeper, uint32_t id, int err)
{
	struct keeper_message failed = {.type = KEEPER_FAILED, .id = id, .number = -err};
	snprintf(failed.text, sizeof failed.text, "%s", error_text());
	tell_core(keeper, &failed);
}

/* ---- the socket ---- */

static int open_socket(struct keeper *keeper, const struct keeper_message *request)
{
	if (keeper->listening >= 0) /* a core before this one asked; clients queue there */
		return 0;
	FD_AUTO lock = -1;
	int err = lock_take(request->text, &lock);
	if (!err)
		err = listen_open(request->text, (mode_t)request->mode, (gid_t)request->gid, &keeper->listening);
	if (err)
		return err;
	keeper->lock = fd_take(&lock);
	memcpy(keeper->path, request->text, sizeof keeper->path);
	return 0;
}

static void answer_listen(struct keeper *keeper, const struct keeper_message *request)
{
	int err = open_socket(keeper, request);
	if (err) {
		tell_failed(keeper, 0, err);
		return;
	}
	struct keeper_message listening = {.type = KEEPER_LISTENING};
	memcpy(listening.text, keeper->path, sizeof listening.text);
	tell_core_blob(keeper, &listening, NULL, 0, &keeper->listening, 1);
}

static void take_ready(struct keeper *keeper, const struct keeper_message *request)
{
	log_to_stderr(LOG_WARNING, request->number == KEEPER_LOG_JSON);
	keeper->served = true;
	keeper->orphan_timeout_ns = (int64_t)request->value;
	keeper->settle_ns = clock_deadline(SETTLED_NS);
	memcpy(keeper->keys, request->text, sizeof keeper->keys);
	notify_parent(&keeper->ready_fd);
	notify_service("READY=1");
}

static void take_config(struct keeper *keeper, struct keeper_packet *packet)
{
	if (packet->fd_count != 1)
		return;
	fd_close(&keeper->config);
	keeper->config = fd_take(&packet->fds[0]);
}

/* ---- workers ---- */

static void answer_spawn(struct keeper *keeper, const struct keeper_message *request, const int *fds)
{
	pid_t pid = spawn_worker(programs[request->program], request->text, fds[0], fds[1]);
	int err = pid < 0 ? pid : workers_add(&keeper->workers, pid, request->id);
	if (err && pid > 0)
		kill(-pid, SIGKILL);
	if (err)
		tell_failed(keeper, request->id, err);
	else
		tell_core(keeper, &(struct keeper_message){.type = KEEPER_STARTED, .id = request->id, .number = pid});
}

/* ---- records ---- */

static void keep(struct keeper *keeper, struct keeper_packet *packet)
{
	bool before = keeper->store.error;
	int err = store_keep(&keeper->store, packet->message.value, packet->blob, packet->message.blob_size,
			     packet->fds, packet->fd_count);
	packet->fd_count = 0;
	if (err && !before)
		log_error(TOPIC, "%s: it will begin with nothing", error_text());
}

/* Behind the last record: the workers that live, and those whose end no core has heard of. */
static void tell_children(struct keeper *keeper)
{
	static struct keeper_child children[KEEPER_BLOB / sizeof(struct keeper_child)];
	struct keeper_message end = {.type = KEEPER_KEPT_END, .number = keeper->store.error};
	size_t count = 0;
	for (const struct worker *worker = keeper->workers; worker; worker = worker->next) {
		if (!worker->id || count == sizeof children / sizeof *children)
			continue;
		children[count++] = (struct keeper_child){
			.id = worker->id, .pid = worker->pid, .dead = worker->dead, .status = worker->status};
	}
	tell_core_blob(keeper, &end, children, count * sizeof *children, NULL, 0);
	keeper->told = true;
}

static void answer_recall(struct keeper *keeper)
{
	const struct record *record = keeper->store.error ? NULL : store_recall(&keeper->store);
	if (!record) {
		tell_children(keeper);
		return;
	}
	struct keeper_message kept = {.type = KEEPER_KEPT, .value = record->key};
	tell_core_blob(keeper, &kept, record->blob, record->blob_size, record->fds, record->fd_count);
}

/* ---- all of it ---- */

static void serve(struct keeper *keeper, struct keeper_packet *packet)
{
	const struct keeper_message *request = &packet->message;
	switch (request->type) {
	case KEEPER_LISTEN:
		answer_listen(keeper, request);
		break;
	case KEEPER_RECALL:
		answer_recall(keeper);
		break;
	case KEEPER_READY:
		take_ready(keeper, request);
		break;
	case KEEPER_CONFIG:
		take_config(keeper, packet);
		break;
	case KEEPER_SPAWN:
		answer_spawn(keeper, request, packet->fds);
		break;
	case KEEPER_KILL:
		workers_kill(keeper->workers, request->id);
		break;
	case KEEPER_BURIED:
		workers_bury(&keeper->workers, request->id);
		break;
	case KEEPER_KEEP:
		keep(keeper, packet);
		break;
	case KEEPER_DROP:
		store_drop(&keeper->store, request->value);
		break;
	case KEEPER_FORGET:
		keeper_forget(keeper);
		break;
	default:
		log_error(TOPIC, "the core sent a message of type %u, which is not for the keeper", request->type);
		break;
	}
}

/* What came with them cannot be done. */
static void lost_descriptors(struct keeper *keeper, const struct keeper_message *request)
{
	log_error(TOPIC, "%s", error_text());
	if (request->type == KEEPER_KEEP)
		keeper->store.error = EMFILE;
	else if (request->type == KEEPER_SPAWN)
		tell_failed(keeper, request->id, -EMFILE);
}

int serve_core(struct keeper *keeper)
{
	struct keeper_packet *packet = &keeper->packet;
	int err = keeper_receive(keeper->core_socket, packet);
	if (err == -EMFILE) {
		lost_descriptors(keeper, &packet->message);
		return 0;
	}
	if (err == -EAGAIN)
		return err;
	if (err) {
		if (err != -EPIPE) { /* it is out of its mind; one that is gone tells by its exit status why */
			log_error(TOPIC, "%s", error_text());
			kill_core(keeper);
		}
		fd_close(&keeper->core_socket);
		return err;
	}
	serve(keeper, packet);
	keeper_packet_clear(packet);
	return 0;
}
