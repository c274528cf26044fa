/* run.c: the core's beginning and end, and what keeper and control tell it. */
#include "core/run.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "control/control.h"
#include "control/status_stream.h"
#include "core/admin.h"
#include "core/core.h"
#include "core/core_follow.h"
#include "core/kept.h"
#include "core/load.h"
#include "core/socket_group.h"
#include "core/takeover.h"
#include "core/worker_report.h"
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What workers have to finish when everything ends; the keeper's limit is a little longer, a sink's own a little less.
 */
#define STOP_NS (1500 * NS_PER_MS)

/* ---- what the control asks ---- */

static int hook_job(void *context, unsigned worker, char **ret_text)
{
	struct core *core = context;
	struct worker *asking = supervisor_find(&core->supervisor, worker);
	char *text = asking ? asking->kind->job(asking) : NULL;
	if (!text)
		return error_set(ENOENT, "there is no job for worker %u", worker);
	*ret_text = text;
	return 0;
}

static void hook_report(void *context, unsigned worker, enum fb_state state, const char *json)
{
	struct core *core = context;
	struct worker *reporting = supervisor_find(&core->supervisor, worker);
	if (reporting)
		worker_report(reporting, state, json);
}

static void hook_worker_gone(void *context, unsigned worker)
{
	struct core *core = context;
	struct worker *gone = supervisor_find(&core->supervisor, worker);
	if (gone)
		worker_disconnected(gone);
}

static void hook_demand(void *context, const char *stream, bool wanted)
{
	(void)wanted; /* of one stream; a source has several, and looks at all */
	struct core *core = context;
	struct worker *writer = supervisor_find_writer(&core->supervisor, stream);
	if (writer)
		writer->kind->demand(writer);
}

static void hook_written(void *context, const char *stream)
{
	struct core *core = context;
	supervisor_stream_written(&core->supervisor, stream);
}

static void hook_status(void *context, struct json_t *root)
{
	struct core *core = context;
	json_object_set_new(root, "sources", supervisor_status(&core->supervisor, &source_kind));
	json_object_set_new(root, "sinks", supervisor_status(&core->supervisor, &sink_kind));
	json_object_set_new(root, "config_error",
			    core->file_errors.count ? status_text(core->file_errors.lines[0]) : json_null());
}

/* ---- what the keeper tells ---- */

static void begin_stop(struct core *core)
{
	loop_timer_set(core->stop_timer, STOP_NS);
	supervisor_stop(&core->supervisor);
}

static void stop_now(void *context)
{
	struct core *core = context;
	loop_stop(core->loop);
}

static void refuse(struct core *core, const char *text)
{
	log_error("core", "%s", text);
	core->status = KEEPER_CORE_REFUSED;
	if (core->loop)
		loop_stop(core->loop);
}

/* What of the broker section is in force stays so until the broker starts again, but a core that has died takes it with
 * it. */
static void tell_new_keys(const struct core *core)
{
	const char *last = core->options->last_keys;
	if (last && strcmp(last, core->broker_hash))
		log_warning("core",
			    "keys of broker: have changed since the broker was started; with this new core they "
			    "count, but for those of the socket");
}

static void serve(struct core *core)
{
	const struct config_broker *broker = &core->config->broker;
	load_keep(core);
	int err = control_listen(core->control, fd_take(&core->listening), core->path);
	if (!err)
		err = keeper_link_ready(core->keeper,
					broker->log_format == CONFIG_LOG_JSON ? KEEPER_LOG_JSON : KEEPER_LOG_TEXT,
					core->broker_hash, broker->orphan_timeout_ns);
	if (err) {
		refuse(core, error_text());
		return;
	}
	log_info("core", "serving %s", core->path);
	core->serving = true;
	tell_new_keys(core);
	core_follow(core);
	if (core->reload_due)
		admin_reload(core);
}

/* ---- from the core before this one ---- */

static void recall(struct core *core)
{
	if (keeper_link_recall(core->keeper) < 0)
		refuse(core, error_text());
}

static void begin_anew(struct core *core, const char *text)
{
	log_error("core", "workers and connections of the core before this one are ended: %s", text);
	keeper_link_forget(core->keeper);
}

/* What was taken over in part is of no use: another core begins with nothing. */
static void give_up(struct core *core)
{
	begin_anew(core, error_text());
	core->status = KEEPER_CORE_ANEW;
	loop_stop(core->loop);
}

static void take_over(struct core *core, const struct keeper_packet *packet)
{
	const struct keeper_child *children = (const struct keeper_child *)packet->blob;
	size_t child_count = packet->message.blob_size / sizeof *children;
	int64_t began_ns = clock_monotonic_ns();
	if (packet->message.number != 0) {
		begin_anew(core, strerrordesc_np(packet->message.number));
	} else if (core->records.count > 0) {
		if (takeover_run(core, children, child_count) < 0) {
			give_up(core);
			return;
		}
		log_info("core", "took over %zu records and %zu workers in %" PRId64 " ms", core->records.count,
			 child_count, (clock_monotonic_ns() - began_ns) / NS_PER_MS);
	}
	records_clear(&core->records);
	serve(core);
}

static void on_worker(struct core *core, const struct keeper_message *message)
{
	struct worker *worker = supervisor_find(&core->supervisor, message->id);
	if (!worker)
		return;
	if (message->type == KEEPER_STARTED)
		worker_started(worker, message->number);
	else if (message->type == KEEPER_FAILED)
		worker_failed(worker, message->text);
	else if (message->type == KEEPER_DIED)
		worker_died(worker, message->number);
}

static void on_keeper(void *context, struct keeper_packet *packet)
{
	struct core *core = context;
	const struct keeper_message *message = packet ? &packet->message : NULL;
	if (!message) {
		stop_now(core); /* the workers ended with the keeper */
	} else if (message->type == KEEPER_LISTENING && packet->fd_count == 0) {
		refuse(core,
		       "no descriptor is left for the listening socket: raise the limit of open files (ulimit -n)");
	} else if (message->type == KEEPER_LISTENING) {
		strcpy(core->path, message->text);
		core->listening = fd_take(&packet->fds[0]);
		recall(core);
	} else if (message->type == KEEPER_KEPT) {
		records_add(&core->records, packet);
		recall(core);
	} else if (message->type == KEEPER_KEPT_END) {
		take_over(core, packet);
	} else if (message->type == KEEPER_FAILED && message->id == 0) {
		refuse(core, message->text);
	} else if (message->type == KEEPER_RELOAD) {
		if (core->serving)
			admin_reload(core);
		core->reload_due = !core->serving;
	} else if (message->type == KEEPER_STOP) {
		log_info("core", "stopping");
		begin_stop(core);
	} else {
		on_worker(core, message);
	}
	if (message && message->type == KEEPER_DIED) {
		kept_flush(core);
		keeper_link_buried(core->keeper, message->id);
	}
}

/* ---- beginning and end ---- */

static enum log_level log_level(const struct core *core)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	for (size_t i = 0; core->options->log_level && i < sizeof names / sizeof *names; i++)
		if (!strcmp(core->options->log_level, names[i]))
			return (enum log_level)i;
	return (enum log_level)core->config->broker.log_level;
}

static int listen_address(const struct core *core, char address[ADDRESS_SIZE])
{
	const char *given = core->options->socket;
	if (!given)
		given = getenv("FRAMEBROKER_SOCKET"); /* which clients obey, too */
	if (!given || !given[0])
		given = core->config->broker.socket;
	if (!given[0])
		return address_default_broker(address);
	if (strlen(given) >= ADDRESS_SIZE)
		return error_set(ENAMETOOLONG, "%s: longer than the %d bytes a socket's path may have", given,
				 ADDRESS_SIZE - 1);
	strcpy(address, given);
	return 0;
}

static int ask_to_listen(struct core *core)
{
	char address[ADDRESS_SIZE];
	const struct config_broker *broker = &core->config->broker;
	gid_t gid;
	int err = listen_address(core, address);
	if (!err)
		err = socket_group_find(broker, &gid);
	if (err)
		return err;
	return keeper_link_listen(core->keeper, address, broker->socket_mode, gid);
}

static int begin(struct core *core)
{
	const struct control_hooks hooks = {.core = core,
					    .job = hook_job,
					    .report = hook_report,
					    .worker_gone = hook_worker_gone,
					    .demand = hook_demand,
					    .written = hook_written,
					    .admin = admin_request,
					    .keep = kept_record,
					    .status = hook_status};
	const struct supervisor_hooks workers = {
		.core = core, .stopped = stop_now, .keep = kept_flush, .drop = kept_drop_worker};
	int err = loop_create(&core->loop);
	if (!err)
		err = loop_timer_create(core->loop, stop_now, core, &core->stop_timer);
	if (!err)
		err = keeper_link_create(core->loop, core->options->keeper, on_keeper, core, &core->keeper);
	if (!err)
		err = control_create(core->loop, &core->config->broker, &hooks, &core->control);
	if (!err)
		err = supervisor_init(&core->supervisor, core->loop, &workers);
	core->supervisor.host.control = core->control;
	core->supervisor.host.keeper = core->keeper;
	if (!err)
		loop_each_turn(core->loop, kept_flush, core);
	return err ? err : ask_to_listen(core);
}

static void end(struct core *core)
{
	supervisor_clear(&core->supervisor);
	control_destroy(core->control);
	keeper_link_destroy(core->keeper);
	loop_timer_destroy(core->stop_timer);
	loop_destroy(core->loop);
	plan_clear(&core->plan);
	config_errors_clear(&core->notes);
	config_errors_clear(&core->file_errors);
	runtime_clear(&core->runtime);
	config_free(core->config);
	free(core->broker_text);
	free(core->runtime_file);
	fd_close(&core->listening);
	records_clear(&core->records);
}

int core_run(const struct core_options *options)
{
	struct core core = {.options = options, .listening = -1};
	if (load_begin(&core) < 0) {
		end(&core);
		return KEEPER_CORE_REFUSED;
	}
	log_to_stderr(log_level(&core), core.config->broker.log_format == CONFIG_LOG_JSON);
	load_tell(&core);
	int err = begin(&core);
	if (err)
		refuse(&core, error_text());
	else if (loop_run(core.loop) < 0)
		core.status = 1;
	end(&core);
	return core.status;
}
