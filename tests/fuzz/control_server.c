/* control_server.c: the socket server of a core that has five streams, in this process and in made-up time. */
#include "fuzz/control_server.h"
#include "base/clock.h"
#include "config/config.h"
#include "fuzz/control_world.h"
#include "fuzz/input.h"
#include "wire/message.h"
#include <jansson.h>
#include <sys/socket.h>

struct control *control;
struct sockaddr_un control_address;
socklen_t control_address_size;

static struct loop *loop;
static struct loop_timer *stop;
static int listening = -1;

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
	FUZZ_CHECK(control_stream_add(control, name, source, CONTROL_WORKER, &config[i]->output, false) == 0);
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

void control_server_start(unsigned choice)
{
	static const struct control_hooks hooks = {.job = on_job,
						   .report = on_report,
						   .worker_gone = on_worker_gone,
						   .demand = on_demand,
						   .written = on_written,
						   .admin = on_admin,
						   .status = on_status};
	if (listening < 0)
		listening = listening_socket();
	world = (struct control_world){.now_ns = NS_PER_SECOND, .free_bytes = 64 << 20};
	FUZZ_CHECK(loop_create(&loop) == 0);
	FUZZ_CHECK(loop_timer_create(loop, on_stop, loop, &stop) == 0);
	FUZZ_CHECK(control_create(loop, broker_of(choice), &hooks, &control) == 0);
	FUZZ_CHECK(control_listen(control, dup(listening), "fuzz") == 0);
	add_stream("shown", NULL, "{" CONTROL_SMALL "}");
	add_stream("cam", "cam", "{" CONTROL_SMALL "}");
	add_stream("pool", NULL, "{" CONTROL_SMALL ", max_writers: 3, reorder_timeout: 100ms}");
	add_stream("copy", NULL, "{like: cam, depth: 2, spare: 2, max_readers: 4}");
	add_stream("sound", NULL,
		   "{media: audio, sample_rate: 8000, channels: 1, frame_size: 64, depth: 2, max_readers: 4}");
}

void control_server_turn(int64_t ns)
{
	loop_timer_set(stop, 0); /* what is there now */
	FUZZ_CHECK(loop_run(loop) == 0);
	loop_timer_set(stop, ns);
	FUZZ_CHECK(loop_run(loop) == 0);
}

void control_server_end(void)
{
	control_destroy(control);
	loop_timer_destroy(stop);
	loop_destroy(loop);
}
