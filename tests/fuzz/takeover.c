/* takeover.c: what the keeper has of workers and run-time entries, as a core out of its mind or of another version kept
 * it, against the core that takes over; then reports and log lines of hostile workers, and deaths. Whatever comes of
 * it, the core after that one takes over what this one has kept.
 *
 * The input is lines: `w ID RECORD` (`W`: a long one), `l ID` (it has a log), `c ID` (its process lives), `d ID STATUS`
 * (it is dead) and `e ENTRIES` come before the take-over, and `t` is that; then `r ID STATE REPORT`, `p ID TEXT` (it
 * prints), `s ID` (it was started), `f ID TEXT` (it was not), `d ID STATUS`, `g ID` (its connection ends), `n
 * MILLISECONDS`. */
#include "core/takeover.h"
#include "base/clock.h"
#include "base/fd.h"
#include "config/config.h"
#include "control/control.h"
#include "core/core.h"
#include "core/kept.h"
#include "core/worker_report.h"
#include "core/worker_state.h"
#include "fuzz/control_world.h"
#include "fuzz/input.h"
#include "keeper/store.h"
#include "ledger/ledger_tables.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define IDS 6 /* workers have the numbers below */

static const char *const configuration =
	"sources:\n"
	"  cam: {url: \"rtsp://u:p@h/x\", outputs: {cam: {width: 64}, cam/small: {height: 16}}}\n"
	"  file: {url: film.mp4, on_demand: true}\n"
	"streams: {drawn: {media: video, pixel_format: gray, width: 64, height: 16}}\n"
	"sinks: {out: {url: /tmp/out.mp4, video: {stream: cam}}}\n";

static struct core core;
static struct store store;
static struct loop_timer *stop;
static int keeper_end = -1;
static int printing[IDS]; /* the workers' ends of their logs; -1 */
static struct keeper_child children[IDS];
static size_t child_count;
static bool taken_over;

/* ---- the keeper ---- */

static void read_requests(void)
{
	static struct keeper_packet packet;
	while (keeper_receive(keeper_end, &packet) == 0) {
		if (packet.message.type == KEEPER_KEEP) {
			FUZZ_CHECK(store_keep(&store, packet.message.value, packet.blob, packet.message.blob_size,
					      packet.fds, packet.fd_count) == 0);
			packet.fd_count = 0;
		} else if (packet.message.type == KEEPER_DROP) {
			store_drop(&store, packet.message.value);
		}
		keeper_packet_clear(&packet);
	}
}

static void keep(uint64_t key, const char *text, int fd)
{
	FUZZ_CHECK(store_keep(&store, key, text, strlen(text), &fd, fd >= 0) == 0);
}

static void keep_server(void)
{
	const struct ledger_control server = {.version = LEDGER_VERSION, .last_id = 100, .memory_limit = 1 << 30};
	json_t *json = record_pack(&ledger_control_table, &server);
	char *text = json_dumps(json, 0);
	keep(CONTROL_KEY(CONTROL_KIND_SERVER, 0), text, -1);
	free(text);
	json_decref(json);
}

/* ---- the core ---- */

static int on_job(void *context, unsigned worker, char **ret_text)
{
	(void)context, (void)worker, (void)ret_text;
	return -ENOENT;
}

static void on_worker_gone(void *context, unsigned id)
{
	(void)context;
	struct worker *worker = supervisor_find(&core.supervisor, id);
	if (worker)
		worker_disconnected(worker);
}

static void on_demand(void *context, const char *stream, bool wanted)
{
	(void)context, (void)wanted;
	struct worker *writer = supervisor_find_writer(&core.supervisor, stream);
	if (writer)
		writer->kind->demand(writer);
}

static void on_stop(void *context)
{
	loop_stop(context);
}

static void on_keeper(void *context, struct keeper_packet *packet)
{
	(void)context, (void)packet;
}

static void ignore(void *context)
{
	(void)context;
}

static void begin_core(void)
{
	const struct control_hooks hooks = {
		.core = &core, .job = on_job, .worker_gone = on_worker_gone, .demand = on_demand, .keep = kept_record};
	const struct supervisor_hooks workers = {
		.core = &core, .stopped = ignore, .keep = kept_flush, .drop = kept_drop_worker};
	struct config_errors errors = {0};
	int pair[2];
	FUZZ_CHECK(config_load_text(configuration, strlen(configuration), "fuzz", &core.config, &errors) == 0);
	core.runtime_file = strdup("");
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	keeper_end = pair[0];
	FUZZ_CHECK(loop_create(&core.loop) == 0 && loop_timer_create(core.loop, on_stop, core.loop, &stop) == 0 &&
		   keeper_link_create(core.loop, pair[1], on_keeper, &core, &core.keeper) == 0 &&
		   control_create(core.loop, &core.config->broker, &hooks, &core.control) == 0 &&
		   supervisor_init(&core.supervisor, core.loop, &workers) == 0);
	core.supervisor.host.control = core.control;
	core.supervisor.host.keeper = core.keeper;
}

static void end_core(void)
{
	read_requests();
	supervisor_clear(&core.supervisor);
	control_destroy(core.control);
	keeper_link_destroy(core.keeper);
	fd_close(&keeper_end);
	loop_timer_destroy(stop);
	loop_destroy(core.loop);
	plan_clear(&core.plan);
	config_errors_clear(&core.notes);
	runtime_clear(&core.runtime);
	config_free(core.config);
	free(core.runtime_file);
	records_clear(&core.records);
	core = (struct core){0};
}

static bool take_over(void)
{
	static struct keeper_packet packet;
	store_rewind(&store);
	for (const struct record *record; (record = store_recall(&store));) {
		packet.message.value = record->key;
		packet.message.blob_size = (uint32_t)record->blob_size;
		memcpy(packet.blob, record->blob, record->blob_size);
		packet.fd_count = record->fd_count;
		for (size_t i = 0; i < record->fd_count; i++)
			packet.fds[i] = fcntl(record->fds[i], F_DUPFD_CLOEXEC, 0);
		records_add(&core.records, &packet);
	}
	return takeover_run(&core, children, child_count) == 0;
}

/* ---- lines ---- */

/* As keeper_link_keep() does it. */
static void keep_long(unsigned id, const char *text)
{
	int fd = memfd_create("record", MFD_CLOEXEC);
	FUZZ_CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	FUZZ_CHECK(store_keep(&store, CONTROL_KEY(KEPT_WORKER, id), "", 1, &fd, 1) == 0);
}

static void keep_log(unsigned id)
{
	int pair[2];
	if (printing[id] >= 0)
		return;
	FUZZ_CHECK(pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0);
	printing[id] = pair[1];
	keep(CONTROL_KEY(KEPT_LOG, id), "log", pair[0]);
}

static void add_child(unsigned id, bool dead, int status)
{
	if (child_count < IDS)
		children[child_count++] =
			(struct keeper_child){.id = id, .pid = (int)id + 1000, .dead = dead, .status = status};
}

static void before(char what, unsigned id, const char *text)
{
	if (what == 'w')
		keep(CONTROL_KEY(KEPT_WORKER, id), text, -1);
	else if (what == 'W')
		keep_long(id, text);
	else if (what == 'l')
		keep_log(id);
	else if (what == 'c' || what == 'd')
		add_child(id, what == 'd', atoi(text) & 0xffff);
	else if (what == 'e')
		keep(CONTROL_KEY(KEPT_RUNTIME, 0), text, -1);
}

static void turn(int64_t ns)
{
	loop_timer_set(stop, ns);
	FUZZ_CHECK(loop_run(core.loop) == 0);
	kept_flush(&core);
	read_requests();
}

static void after(char what, unsigned id, const char *text)
{
	struct worker *worker = supervisor_find(&core.supervisor, id);
	if (what == 'n')
		turn(atoi(text) % 20000 * NS_PER_MS);
	else if (what == 'p' && printing[id] >= 0 && write(printing[id], text, strlen(text)) > 0)
		turn(0);
	else if (!worker)
		return;
	else if (what == 'r')
		worker_report(worker, (enum fb_state)(*text % 8), *text ? text + 1 : text);
	else if (what == 's' && worker->phase != WORKER_IDLE && worker->socket >= 0)
		worker_started(worker, 1234);
	else if (what == 'f')
		worker_failed(worker, text);
	else if (what == 'd')
		worker_died(worker, atoi(text) & 0xffff);
	else if (what == 'g')
		worker_disconnected(worker);
}

static void do_line(char *line)
{
	char what = line[0];
	unsigned id = what && line[1] ? (unsigned char)line[2] % 8 % IDS : 0;
	const char *text = strlen(line) > 4 ? line + 4 : "";
	if (taken_over)
		after(what, id, text);
	else if (what != 't')
		before(what, id, text);
	else
		taken_over = take_over();
	read_requests();
}

static void do_lines(char *text)
{
	char *rest = text, *line;
	while ((line = strsep(&rest, "\n"))) {
		bool refused = *line == 't' && !taken_over;
		do_line(line);
		if (refused && !taken_over)
			return; /* what a core has then is to be used for nothing */
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *text = input_text(&input, size < 16384 ? size : 16384);
	int lowest = input_lowest_fd();
	world = (struct control_world){.now_ns = NS_PER_SECOND, .free_bytes = 64 << 20};
	memset(printing, -1, sizeof printing);
	taken_over = false;
	child_count = 0;
	keep_server();
	begin_core();
	do_lines(text);
	if (taken_over) {
		turn(0);
		end_core();
		begin_core();
		FUZZ_CHECK(take_over());
	}
	end_core();
	store_clear(&store);
	for (unsigned i = 0; i < IDS; i++)
		fd_close(&printing[i]);
	free(text);
	FUZZ_CHECK(input_lowest_fd() == lowest);
	return 0;
}
