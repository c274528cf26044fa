/* control_support.c: the server, and its hooks. */
#include "control_support.h"
#include "base/fd.h"
#include "config/alloc.h"
#include "config/schema.h"
#include "control/workers.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* ---- hooks ---- */

static int on_job(void *core, unsigned worker, char **ret_text)
{
	(void)core;
	*ret_text = malloc(32);
	snprintf(*ret_text, 32, "job of %u", worker);
	return 0;
}

/* A job of so many letters is pushed to the worker. */
static void push_job(const struct server *server, unsigned worker, size_t letters)
{
	char *job = malloc(letters + 1);
	memset(job, 'j', letters);
	job[letters] = '\0';
	control_worker_job(server->control, worker, job);
	free(job);
}

static void on_report(void *core, unsigned worker, enum fb_state state, const char *json)
{
	struct server *server = core;
	server->reports++;
	server->reported = state;
	snprintf(server->report, sizeof server->report, "%s", json);
	unsigned letters;
	if (sscanf(json, "{\"letters\": %u}", &letters) == 1)
		push_job(server, worker, letters);
}

static void on_worker_gone(void *core, unsigned worker)
{
	struct server *server = core;
	(void)worker;
	server->workers_gone++;
}

static void on_demand(void *core, const char *stream, bool wanted)
{
	struct server *server = core;
	size_t length = strlen(server->demand);
	snprintf(server->demand + length, sizeof server->demand - length, "%s%c ", stream, wanted ? '+' : '-');
}

static void on_written(void *core, const char *stream)
{
	struct server *server = core;
	size_t length = strlen(server->written);
	snprintf(server->written + length, sizeof server->written - length, "%s ", stream);
}

static int on_admin(void *core, int verb, const char *kind, const char *name, const char *keys)
{
	struct server *server = core;
	snprintf(server->admin, sizeof server->admin, "%d %s %s %s", verb, kind, name, keys);
	return server->admin_error;
}

static void on_status(void *core, struct json_t *root)
{
	(void)core;
	(void)root;
}

/* ---- the server ---- */

static void allow_everything(struct config_broker *config)
{
	config->access = alloc_zeroed(sizeof *config->access);
	config->access_count = 1;
	config->access->user = alloc_text("");
	config->access->group = alloc_text("");
	config->access->streams.items = alloc_zeroed(sizeof(char *));
	config->access->streams.items[0] = alloc_text("*");
	config->access->streams.count = 1;
	config->access->allow = CONFIG_ALLOW_READ | CONFIG_ALLOW_WRITE | CONFIG_ALLOW_ADMIN;
}

static void on_stop(void *context)
{
	loop_stop(context);
}

int server_setup(void **state)
{
	struct server *server = alloc_zeroed(sizeof *server);
	struct config_broker defaults;
	server->fds_before = count_fds();
	server->config.memory = CONFIG_MEMORY_MEMFD;
	server->config.memory_limit_bytes = 256 << 20;
	schema_init(&schema_broker, &defaults, NULL);
	server->config.limits = defaults.limits;
	schema_clear(&schema_broker, &defaults);
	server->config.max_clients = 16;
	allow_everything(&server->config);
	snprintf(server->folder, sizeof server->folder, "/tmp/framebroker-test-XXXXXX");
	*state = server;
	return mkdtemp(server->folder) ? 0 : -1;
}

/* ---- what is kept for the next one ---- */

static void free_record(struct control_record *record)
{
	for (size_t i = 0; i < record->fd_count; i++)
		fd_close(&record->fds[i]);
	free(record->fds);
	free(record->blob);
}

static struct control_record copy_record(uint64_t key, const void *blob, size_t size, const int *fds, size_t fd_count)
{
	struct control_record copy = {.key = key, .size = size, .fd_count = fd_count};
	copy.blob = malloc(size + 1);
	copy.fds = malloc((fd_count + 1) * sizeof(int));
	memcpy(copy.blob, blob, size);
	for (size_t i = 0; i < fd_count; i++)
		copy.fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
	return copy;
}

static int on_keep(void *core, uint64_t key, const void *blob, size_t size, const int *fds, size_t fd_count)
{
	struct server *server = core;
	size_t i = 0;
	if (server->records_left == 0)
		return 0;
	server->records_left -= server->records_left > 0;
	while (i < server->record_count && server->records[i].key != key)
		i++;
	if (i < server->record_count) {
		free_record(&server->records[i]);
		server->records[i] = server->records[--server->record_count];
	}
	assert_true(server->record_count < SERVER_RECORDS);
	if (size > 0)
		server->records[server->record_count++] = copy_record(key, blob, size, fds, fd_count);
	return 0;
}

static void on_turn(void *context)
{
	struct server *server = context;
	control_keep(server->control);
}

static void begin(struct server *server)
{
	const struct control_hooks hooks = {.core = server,
					    .job = on_job,
					    .report = on_report,
					    .worker_gone = on_worker_gone,
					    .demand = on_demand,
					    .written = on_written,
					    .admin = on_admin,
					    .keep = server->keeps ? on_keep : NULL,
					    .status = on_status};
	assert_int_equal(control_create(server->loop, &server->config, &hooks, &server->control), 0);
	assert_int_equal(control_listen(server->control, dup(server->listening), server->path), 0);
}

int server_replace(struct server *server, struct control_record *records, size_t count)
{
	struct control_record copies[SERVER_RECORDS];
	for (size_t i = 0; i < count; i++)
		copies[i] = copy_record(records[i].key, records[i].blob, records[i].size, records[i].fds,
					records[i].fd_count);
	control_destroy(server->control);
	server->records_left = -1;
	begin(server);
	int r = control_restore(server->control, copies, count);
	for (size_t i = 0; i < count; i++)
		free_record(&copies[i]);
	if (r == 0)
		return 0;
	control_destroy(server->control);
	begin(server);
	return r;
}

void server_start(struct server *server)
{
	snprintf(server->path, sizeof server->path, "%s/socket", server->folder);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", server->path);
	server->listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(server->listening, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(server->listening, 64), 0);
	assert_int_equal(loop_create(&server->loop), 0);
	assert_int_equal(loop_timer_create(server->loop, on_stop, server->loop, &server->stop), 0);
	begin(server);
	loop_each_turn(server->loop, on_turn, server);
}

int server_teardown(void **state)
{
	struct server *server = *state;
	control_destroy(server->control);
	for (size_t i = 0; i < server->record_count; i++)
		free_record(&server->records[i]);
	if (server->loop)
		fd_close(&server->listening);
	loop_timer_destroy(server->stop);
	loop_destroy(server->loop);
	unlink(server->path);
	rmdir(server->folder);
	for (size_t i = 0; i < server->config.access_count; i++) {
		free(server->config.access[i].user);
		free(server->config.access[i].group);
		free(server->config.access[i].streams.items[0]);
		free(server->config.access[i].streams.items);
	}
	free(server->config.access);
	int left = count_fds() - server->fds_before;
	free(server);
	if (left != 0)
		print_error("%d descriptors were left open\n", left);
	return left == 0 ? 0 : -1;
}

void server_turn(struct server *server, int64_t ns)
{
	loop_timer_set(server->stop, ns);
	assert_int_equal(loop_run(server->loop), 0);
}

/* ---- its streams ---- */

void make_output(const char *name, struct config_output *ret_output)
{
	schema_init(&schema_output, ret_output, NULL);
	free(ret_output->name);
	ret_output->name = alloc_text(name);
	free(ret_output->pixel_format);
	ret_output->pixel_format = alloc_text("gray");
	ret_output->width = 64;
	ret_output->height = 16;
	ret_output->depth = ret_output->spare = 4;
	ret_output->max_readers = 8;
}

void add_stream(struct server *server, const char *name, const char *source, bool live)
{
	struct config_output output;
	make_output(name, &output);
	assert_int_equal(control_stream_add(server->control, name, source, 7, &output, live), 0);
	schema_clear(&schema_output, &output);
}
