/* control_server.c: the socket server of a core that has five streams, in this process and in made-up time. */
#include "fuzz/control_server.h"
#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "control/declared.h"
#include "control/workers.h"
#include "fuzz/control_world.h"
#include "fuzz/input.h"
#include "wire/message.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/socket.h>

/* Of a longer time the server sleeps through the rest: its many short turns cost more than all that the input does. */
#define AWAKE_NS (30 * NS_PER_MS)

struct control *control;
struct sockaddr_un control_address;
socklen_t control_address_size;

struct control_record control_kept[CONTROL_KEPT];
size_t control_kept_count;

static struct loop *loop;
static struct loop_timer *stop;
static int listening = -1;
static bool dying; /* a core that dies keeps nothing more */

/* ---- the core's part ---- */

static int on_job(void *core, unsigned worker, char **ret_text)
{
	(void)core;
	(void)worker;
	*ret_text = strdup("{}");
	return 0;
}

static void on_report(void *core, unsigned worker, enum fb_state state, const char *json)
{
	(void)core;
	(void)worker;
	json_decref(json_loads(json, JSON_REJECT_DUPLICATES, NULL));
	if (state <= FB_ENDED)
		control_stream_state(control, "cam", state);
}

static void on_worker_gone(void *core, unsigned worker)
{
	(void)core;
	(void)worker;
	control_stream_state(control, "cam", FB_LOST);
}

static void on_demand(void *core, const char *stream, bool wanted)
{
	(void)core;
	FUZZ_CHECK(*stream);
	if (wanted)
		control_worker_job(control, CONTROL_WORKER, "{\"wanted\": true}");
}

static void on_written(void *core, const char *stream)
{
	(void)core;
	control_stream_state(control, stream, FB_LIVE);
}

static int on_admin(void *core, int verb, const char *kind, const char *name, const char *keys)
{
	(void)core;
	(void)kind;
	(void)keys;
	if (verb == WIRE_REMOVE)
		control_stream_remove(control, name);
	return 0;
}

static void on_status(void *core, struct json_t *root)
{
	(void)core;
	json_object_set_new(root, "sources", json_array());
}

static void free_record(struct control_record *record)
{
	for (size_t k = 0; k < record->fd_count; k++)
		if (record->fds[k] >= 0)
			close(record->fds[k]);
	free(record->fds);
	free(record->blob);
}

static void drop_kept(size_t i)
{
	free_record(&control_kept[i]);
	control_kept[i] = control_kept[--control_kept_count];
}

static int on_keep(void *core, uint64_t key, const void *blob, size_t size, const int *fds, size_t fd_count)
{
	(void)core;
	for (size_t i = 0; i < control_kept_count && !dying; i++)
		if (control_kept[i].key == key)
			drop_kept(i--);
	if (size == 0 || dying)
		return 0;
	if (control_kept_count == CONTROL_KEPT)
		return error_set(ENOSPC, "too many records");
	struct control_record *record = &control_kept[control_kept_count++];
	*record = (struct control_record){.key = key, .size = size, .fd_count = fd_count};
	record->blob = malloc(size);
	record->fds = calloc(fd_count + 1, sizeof(int));
	FUZZ_CHECK(record->blob && record->fds);
	memcpy(record->blob, blob, size);
	for (size_t i = 0; i < fd_count; i++)
		record->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
	return 0;
}

void control_server_forget(void)
{
	while (control_kept_count > 0)
		drop_kept(0);
}

/* ---- the server ---- */

static const char *const brokers[] = {
	"broker: {memory: memfd, max_clients: 8}",
	"broker: {memory: posix, memory_limit: 1MiB, limits: {clients: 2, readers: 2, held: 4, streams: 1}}",
	"broker: {memory: sealed, access: [{user: '7', streams: ['s*'], allow: [read]}, {user: '0', streams: ['*']}]}",
	"broker: {memory: auto, max_clients: 2}",
};

static const struct config_broker *broker_of(unsigned choice)
{
	static struct config *configs[sizeof brokers / sizeof *brokers];
	struct config **config = &configs[choice % (sizeof brokers / sizeof *brokers)];
	struct config_errors errors = {0};
	const char *text = brokers[choice % (sizeof brokers / sizeof *brokers)];
	if (!*config && config_load_text(text, strlen(text), "fuzz", config, &errors) < 0)
		fprintf(stderr, "%s\n", errors.lines[0]);
	FUZZ_CHECK(*config);
	return &(*config)->broker;
}

static void add_stream(const char *name, const char *source, const char *keys)
{
	static struct config_stream *config[5];
	static const char *configured[5];
	unsigned i = 0;
	while (i < 5 && configured[i] && strcmp(configured[i], name) != 0)
		i++;
	FUZZ_CHECK(i < 5);
	struct config_errors errors = {0};
	if (!config[i] && config_stream_from_text(name, keys, NULL, &config[i], &errors) < 0)
		fprintf(stderr, "%s\n", errors.lines[0]);
	FUZZ_CHECK(config[i]);
	configured[i] = name;
	if (!control_stream_fits(control, name, config[i]->like, config[i]->max_writers))
		control_stream_remove(control, name);
	if (control_stream_add(control, name, source, CONTROL_WORKER, &config[i]->output, false) < 0)
		return; /* another core had one of that name, of a client's */
	control_stream_like(control, name, config[i]->like);
	control_stream_pool(control, name, config[i]->max_writers, config[i]->reorder_timeout_ns);
}

static void on_stop(void *context)
{
	loop_stop(context);
}

static int listening_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un any = {.sun_family = AF_UNIX}; /* a name without a file, of the kernel's choice */
	FUZZ_CHECK(bind(fd, (struct sockaddr *)&any, sizeof any.sun_family) == 0 && listen(fd, 16) == 0);
	control_address_size = sizeof control_address;
	FUZZ_CHECK(getsockname(fd, (struct sockaddr *)&control_address, &control_address_size) == 0);
	return fd;
}

static void create(unsigned choice)
{
	static const struct control_hooks hooks = {.job = on_job,
						   .report = on_report,
						   .worker_gone = on_worker_gone,
						   .demand = on_demand,
						   .written = on_written,
						   .admin = on_admin,
						   .keep = on_keep,
						   .status = on_status};
	FUZZ_CHECK(loop_create(&loop) == 0);
	FUZZ_CHECK(loop_timer_create(loop, on_stop, loop, &stop) == 0);
	FUZZ_CHECK(control_create(loop, broker_of(choice), &hooks, &control) == 0);
	FUZZ_CHECK(control_listen(control, dup(listening), "fuzz") == 0);
}

static void add_streams(void)
{
	add_stream("shown", NULL, "{" CONTROL_SMALL "}");
	add_stream("cam", "cam", "{" CONTROL_SMALL "}");
	add_stream("pool", NULL, "{" CONTROL_SMALL ", max_writers: 3, reorder_timeout: 100ms}");
	add_stream("copy", NULL, "{like: cam, depth: 2, spare: 2, max_readers: 4}");
	add_stream("sound", NULL,
		   "{media: audio, sample_rate: 8000, channels: 1, frame_size: 64, depth: 2, max_readers: 4}");
}

void control_server_start(unsigned choice)
{
	if (listening < 0)
		listening = listening_socket();
	world = (struct control_world){.now_ns = NS_PER_SECOND, .free_bytes = 64 << 20};
	create(choice);
	add_streams();
}

static void copy_records(struct control_record *records)
{
	for (size_t i = 0; i < control_kept_count; i++) {
		const struct control_record *kept = &control_kept[i];
		records[i] = *kept;
		records[i].blob = malloc(kept->size + 1);
		records[i].fds = calloc(kept->fd_count + 1, sizeof(int));
		FUZZ_CHECK(records[i].blob && records[i].fds);
		memcpy(records[i].blob, kept->blob, kept->size);
		for (size_t k = 0; k < kept->fd_count; k++)
			records[i].fds[k] = fcntl(kept->fds[k], F_DUPFD_CLOEXEC, 0);
	}
}

bool control_server_replace(unsigned choice, void (*spoil)(void *), void *context)
{
	struct control_record records[CONTROL_KEPT];
	control_keep(control);
	dying = true;
	control_server_end();
	dying = false;
	spoil(context);
	size_t count = control_kept_count;
	copy_records(records); /* as the keeper, who goes on keeping them */
	create(choice);
	bool good = control_restore(control, records, count) == 0;
	if (good) {
		add_streams();
		control_drop_unclaimed(control);
	}
	for (size_t i = 0; i < count; i++)
		free_record(&records[i]);
	return good;
}

void control_server_turn(int64_t ns)
{
	loop_timer_set(stop, 0); /* what is there now */
	FUZZ_CHECK(loop_run(loop) == 0);
	int64_t awake_ns = ns < AWAKE_NS ? ns : AWAKE_NS;
	world.now_ns += ns - awake_ns;
	loop_timer_set(stop, awake_ns);
	FUZZ_CHECK(loop_run(loop) == 0);
}

void control_server_end(void)
{
	control_destroy(control);
	loop_timer_destroy(stop);
	loop_destroy(loop);
}
