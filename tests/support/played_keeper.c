/* played_keeper.c: a keeper by hand, for tests of what one core leaves to the next. */
#include "support/played_keeper.h"
#include "base/fd.h"
#include "base/limits.h"
#include "core/run.h"
#include "ring/abi.h"
#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 20000
#define CORE_FD 3 /* in its process */

static int count_fds(void)
{
	int count = 0;
	DIR *folder = opendir("/proc/self/fd");
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

/* ---- records ---- */

static void drop(struct played_record *record)
{
	for (size_t i = 0; i < record->fd_count; i++)
		fd_close(&record->fds[i]);
	free(record->blob);
	*record = (struct played_record){0};
}

static struct played_record *find(struct played_keeper *keeper, uint64_t key)
{
	for (size_t i = 0; i < PLAYED_RECORDS; i++)
		if (keeper->records[i].key == key)
			return &keeper->records[i];
	return NULL;
}

static void keep(struct played_keeper *keeper, struct keeper_packet *packet)
{
	struct played_record *record = find(keeper, packet->message.value);
	if (record)
		drop(record);
	else
		record = find(keeper, 0);
	assert_non_null(record);
	record->key = packet->message.value;
	record->size = packet->message.blob_size;
	record->blob = malloc(record->size + 1);
	memcpy(record->blob, packet->blob, record->size);
	record->fd_count = packet->fd_count;
	for (size_t i = 0; i < packet->fd_count; i++)
		record->fds[i] = fd_take(&packet->fds[i]);
}

static void drop_all(struct played_keeper *keeper)
{
	for (size_t i = 0; i < PLAYED_RECORDS; i++)
		drop(&keeper->records[i]);
}

static void answer_recall(struct played_keeper *keeper)
{
	struct keeper_message kept = {.type = KEEPER_KEPT},
			      end = {.type = KEEPER_KEPT_END, .number = keeper->store_error};
	while (keeper->recalled < PLAYED_RECORDS && !keeper->records[keeper->recalled].key)
		keeper->recalled++;
	if (keeper->recalled == PLAYED_RECORDS) {
		assert_int_equal(keeper_send_blob(keeper->socket, &end, keeper->children,
						  keeper->child_count * sizeof *keeper->children, NULL, 0),
				 0);
		return;
	}
	const struct played_record *record = &keeper->records[keeper->recalled++];
	kept.value = record->key;
	assert_int_equal(
		keeper_send_blob(keeper->socket, &kept, record->blob, record->size, record->fds, record->fd_count), 0);
}

/* ---- what the core asks for ---- */

static struct played_worker *worker_of(struct played_keeper *keeper, unsigned id)
{
	assert_true(id > 0 && id < PLAYED_IDS);
	return &keeper->workers[id];
}

static void spawn(struct played_keeper *keeper, struct keeper_packet *packet)
{
	unsigned id = packet->message.id;
	struct played_worker *worker = worker_of(keeper, id);
	struct keeper_message started = {.type = KEEPER_STARTED, .id = id, .number = PLAYED_PID(id)};
	fd_close(&worker->socket);
	worker->socket = fd_take(&packet->fds[0]);
	worker->spawned++;
	keeper->last_spawned = id;
	keeper->children[keeper->child_count++] = (struct keeper_child){.id = id, .pid = PLAYED_PID(id)};
	assert_int_equal(keeper_send(keeper->socket, &started, NULL, 0), 0);
}

static void bury(struct played_keeper *keeper, unsigned id)
{
	worker_of(keeper, id)->buried++;
	size_t left = 0;
	for (size_t i = 0; i < keeper->child_count; i++)
		if (keeper->children[i].id != id || !keeper->children[i].dead)
			keeper->children[left++] = keeper->children[i];
	keeper->child_count = left;
}

static void listening(struct played_keeper *keeper)
{
	struct keeper_message message = {.type = KEEPER_LISTENING};
	strcpy(message.text, keeper->path);
	assert_int_equal(keeper_send(keeper->socket, &message, &keeper->listening, 1), 0);
}

static void serve(struct played_keeper *keeper, struct keeper_packet *packet)
{
	const struct keeper_message *message = &packet->message;
	switch (message->type) {
	case KEEPER_LISTEN:
		listening(keeper);
		break;
	case KEEPER_RECALL:
		answer_recall(keeper);
		break;
	case KEEPER_READY:
		keeper->ready = true;
		break;
	case KEEPER_CONFIG: /* its cores never need it: the file stays as it is */
		break;
	case KEEPER_SPAWN:
		spawn(keeper, packet);
		break;
	case KEEPER_KILL:
		worker_of(keeper, message->id)->killed++;
		break;
	case KEEPER_BURIED:
		bury(keeper, message->id);
		break;
	case KEEPER_KEEP:
		keep(keeper, packet);
		break;
	case KEEPER_DROP:
		if (find(keeper, message->value))
			drop(find(keeper, message->value));
		break;
	case KEEPER_FORGET:
		keeper->forgotten++;
		keeper->child_count = 0;
		drop_all(keeper);
		break;
	default:
		fail_msg("the core sent a message of type %u", message->type);
	}
	keeper_packet_clear(packet);
}

/* One message. False: the core has gone. */
static bool turn(struct played_keeper *keeper)
{
	static struct keeper_packet packet;
	assert_int_equal(poll(&(struct pollfd){.fd = keeper->socket, .events = POLLIN}, 1, WAIT_MS), 1);
	int err = keeper_receive(keeper->socket, &packet);
	if (err == 0)
		serve(keeper, &packet);
	return err == 0;
}

void played_until(struct played_keeper *keeper, bool (*condition)(const struct played_keeper *keeper, unsigned id),
		  unsigned id)
{
	while (!condition(keeper, id))
		assert_true(turn(keeper));
}

/* ---- cores ---- */

static void run_core(const struct played_keeper *keeper, int socket)
{
	const struct core_options options = {.config = keeper->config,
					     .socket = keeper->path,
					     .log_level = "error",
					     .keeper = CORE_FD,
					     .last_config = -1};
	if (socket != CORE_FD)
		dup2(socket, CORE_FD);
	close_range(CORE_FD + 1, ~0u, 0); /* the workers' ends are nobody's but theirs */
	_exit(core_run(&options));
}

static int reap(struct played_keeper *keeper)
{
	int status;
	while (turn(keeper)) /* its last messages */
		continue;
	assert_int_equal(waitpid(keeper->core, &status, 0), keeper->core);
	keeper->core = 0;
	fd_close(&keeper->socket);
	return status;
}

int played_core_start(struct played_keeper *keeper)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	keeper->socket = pair[0];
	keeper->ready = false;
	keeper->recalled = 0;
	keeper->core = fork();
	if (keeper->core == 0)
		run_core(keeper, pair[1]);
	fd_close(&pair[1]);
	while (!keeper->ready)
		if (!turn(keeper))
			return WEXITSTATUS(reap(keeper));
	return 0;
}

void played_core_kill(struct played_keeper *keeper)
{
	kill(keeper->core, SIGKILL);
	assert_int_equal(WTERMSIG(reap(keeper)), SIGKILL);
}

void played_config(const struct played_keeper *keeper, const char *yaml)
{
	FILE *file = fopen(keeper->config, "w");
	assert_non_null(file);
	fputs(yaml, file);
	assert_int_equal(fclose(file), 0);
}

void played_keeper_begin(struct played_keeper *keeper)
{
	*keeper = (struct played_keeper){.folder = "/tmp/played-XXXXXX", .socket = -1, .fds_before = count_fds()};
	for (size_t i = 0; i < PLAYED_IDS; i++)
		keeper->workers[i].socket = -1;
	assert_non_null(mkdtemp(keeper->folder));
	snprintf(keeper->config, sizeof keeper->config, "%s/config.yaml", keeper->folder);
	snprintf(keeper->path, sizeof keeper->path, "%s/socket", keeper->folder);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strcpy(address.sun_path, keeper->path);
	keeper->listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(keeper->listening, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(keeper->listening, 16), 0);
}

void played_keeper_end(struct played_keeper *keeper)
{
	fb_close(&keeper->client);
	if (keeper->core)
		played_core_kill(keeper);
	drop_all(keeper);
	for (size_t i = 0; i < PLAYED_IDS; i++)
		fd_close(&keeper->workers[i].socket);
	fd_close(&keeper->listening);
	unlink(keeper->path);
	unlink(keeper->config);
	assert_int_equal(rmdir(keeper->folder), 0);
	assert_int_equal(count_fds(), keeper->fds_before);
}

/* ---- workers ---- */

static void say(struct played_keeper *keeper, unsigned id, const struct wire_message *message)
{
	assert_int_equal(wire_send(worker_of(keeper, id)->socket, message, NULL, 0), 0);
}

void played_worker_reports(struct played_keeper *keeper, unsigned id, enum fb_state state, const char *json)
{
	say(keeper, id,
	    &(struct wire_message){
		    .type = WIRE_HELLO, .serial = 1, .protocol = WIRE_PROTOCOL, .abi = RING_ABI, .name = "worker"});
	say(keeper, id,
	    &(struct wire_message){.type = WIRE_REPORT, .state = state, .text = json, .text_size = strlen(json)});
}

enum wire_type played_worker_told(struct played_keeper *keeper, unsigned id)
{
	static struct wire_packet packet;
	int socket = worker_of(keeper, id)->socket;
	do {
		assert_int_equal(poll(&(struct pollfd){.fd = socket, .events = POLLIN}, 1, WAIT_MS), 1);
		assert_int_equal(wire_receive(socket, &packet, false), 0);
	} while (packet.message.type == WIRE_WELCOME);
	return packet.message.type;
}

void played_worker_dies(struct played_keeper *keeper, unsigned id, int status, bool missed)
{
	struct keeper_message died = {.type = KEEPER_DIED, .id = id, .number = status};
	fd_close(&worker_of(keeper, id)->socket);
	for (size_t i = 0; i < keeper->child_count; i++)
		if (keeper->children[i].id == id)
			keeper->children[i] =
				(struct keeper_child){.id = id, .pid = PLAYED_PID(id), .dead = 1, .status = status};
	if (!missed)
		assert_int_equal(keeper_send(keeper->socket, &died, NULL, 0), 0);
}

json_t *played_status(struct played_keeper *keeper, const char *kinds, const char *name)
{
	char *text;
	if (!keeper->client)
		assert_int_equal(fb_connect(keeper->path, FB_FOREVER, &keeper->client), 0);
	assert_int_equal(fb_status(keeper->client, &text), 0);
	json_t *status = json_loads(text, 0, NULL), *found = NULL, *one;
	size_t i;
	free(text);
	json_array_foreach (json_object_get(status, kinds), i, one)
		if (!strcmp(json_string_value(json_object_get(one, "name")), name))
			found = json_incref(one);
	json_decref(status);
	return found;
}
