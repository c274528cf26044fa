/* takeover.c: goes on where the core before this one stopped. Nobody has noticed: every socket is open still. */
#include "core/takeover.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/alloc.h"
#include "control/control.h"
#include "control/declared.h"
#include "core/core_follow.h"
#include "core/kept.h"
#include "core/plan_build.h"
#include "core/source_streams.h"
#include "core/worker_kept.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- run-time entries ---- */

/* What stands in runtime_file has been read already. */
static int take_runtime(struct core *core)
{
	struct control_record *record = records_find(&core->records, KEPT_RUNTIME, 0);
	struct config_errors errors = {0};
	if (core->runtime_file[0] || !record)
		return 0;
	int err = runtime_from_text(record->blob, "run-time entries", &core->runtime, &errors);
	config_errors_clear(&errors);
	return err;
}

/* ---- workers ---- */

/* The process that lives comes before one that died under the same number. */
static const struct keeper_child *find_child(const struct keeper_child *children, size_t count, unsigned id)
{
	const struct keeper_child *found = NULL;
	for (size_t i = 0; i < count; i++)
		if (children[i].id == id && (!found || !children[i].dead))
			found = &children[i];
	return found;
}

static int make_source(struct core *core, unsigned id, const char *name, const char *keys, struct worker **ret_worker)
{
	struct config_errors errors = {0};
	struct config_source *config;
	struct source *source;
	int err = config_source_from_text(name, keys, NULL, &config, &errors);
	config_errors_clear(&errors);
	if (err)
		return error_set(EPROTO, "the keys of source %s make no sense", name);
	err = source_create(&core->supervisor.host, id, config, &source);
	config_source_free(config);
	if (!err)
		*ret_worker = &source->worker;
	return err;
}

/* As it is planned now; whether its process has to start anew for that, its job tells. */
static int make_sink(struct core *core, unsigned id, const char *name, const char *keys, bool leaving,
		     struct worker **ret_worker)
{
	const struct plan_sink *planned = leaving ? NULL : plan_find_sink(&core->plan, name);
	struct plan_sink gone = {0};
	struct config_errors errors = {0};
	struct sink *sink;
	int err = planned ? 0 : config_sink_from_text(name, keys, NULL, &gone.config, &errors);
	config_errors_clear(&errors);
	if (err)
		return error_set(EPROTO, "the keys of sink %s make no sense", name);
	err = sink_create(&core->supervisor.host, id, planned ? planned : &gone, &sink);
	config_sink_free(gone.config);
	if (!err)
		*ret_worker = &sink->worker;
	return err;
}

/* The streams that it had, in so far as they are here. */
static int claim_streams(struct worker *worker, const char *keys)
{
	struct config_errors errors = {0};
	struct config_source *config;
	if (worker->kind != &source_kind || worker->leaving)
		return 0;
	int err = config_source_from_text(worker->name, keys, NULL, &config, &errors);
	config_errors_clear(&errors);
	if (err)
		return err;
	err = source_take((struct source *)worker, config);
	config_source_free(config);
	return err;
}

static int make_worker(struct core *core, unsigned id, const json_t *json, struct worker **ret_worker)
{
	const char *kind = json_string_value(json_object_get(json, "kind"));
	const char *name = json_string_value(json_object_get(json, "name"));
	const char *keys = json_string_value(json_object_get(json_object_get(json, "details"), "config"));
	bool leaving = json_is_true(json_object_get(json, "leaving"));
	if (!kind || !name || !keys)
		return error_set(EPROTO, "a worker has no name");
	struct worker *worker = NULL;
	int err = strcmp(kind, source_kind.name) == 0 ? make_source(core, id, name, keys, &worker)
						      : make_sink(core, id, name, keys, leaving, &worker);
	if (err)
		return err;
	supervisor_adopt(&core->supervisor, worker);
	err = worker_unpack(worker, json);
	if (!err)
		err = claim_streams(worker, keys);
	*ret_worker = worker;
	return err;
}

static int take_worker(struct core *core, const struct control_record *record, const struct keeper_child *children,
		       size_t child_count)
{
	unsigned id = (unsigned)record->key;
	struct worker *worker = NULL;
	json_t *json = json_loadb(record->blob, record->size, JSON_REJECT_DUPLICATES, NULL);
	int err = make_worker(core, id, json, &worker);
	json_decref(json);
	if (err)
		return err;
	struct control_record *log = records_find(&core->records, KEPT_LOG, id);
	int log_fd = log && log->fd_count == 1 ? fd_take(&log->fds[0]) : -1;
	worker->log_kept = log != NULL;
	worker->changed = true;
	worker_resume(worker, find_child(children, child_count, id), log_fd);
	return 0;
}

/* Processes that no record tells of. What the keeper has yet to tell of them is of no worker to come. */
static void kill_strangers(struct core *core, const struct keeper_child *children, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!supervisor_find(&core->supervisor, children[i].id)) {
			keeper_link_kill(core->keeper, children[i].id);
			supervisor_skip_id(&core->supervisor, children[i].id);
		}
}

/* What was due just when the core died. */
static void begin_idle(struct core *core)
{
	for (struct worker *worker = core->supervisor.workers; worker; worker = worker->next) {
		if (worker->phase != WORKER_IDLE && !worker->demand.on)
			continue;
		worker->kind->demand(worker);
		if (!worker->ended)
			worker_begin(worker);
	}
}

static void bury(struct core *core, const struct keeper_child *children, size_t count)
{
	kept_flush(core);
	for (size_t i = 0; i < count; i++)
		if (children[i].dead)
			keeper_link_buried(core->keeper, children[i].id);
}

static int compare(const void *a, const void *b)
{
	uint64_t key_a = ((const struct control_record *)a)->key, key_b = ((const struct control_record *)b)->key;
	return key_a < key_b ? -1 : key_a > key_b;
}

int takeover_run(struct core *core, const struct keeper_child *children, size_t child_count)
{
	struct records *records = &core->records;
	struct config_errors notes = {0};
	qsort(records->items, records->count, sizeof *records->items, compare); /* in the order in which they came */
	int err = take_runtime(core);
	if (!err)
		err = control_restore(core->control, records->items, records->count);
	if (err)
		return err;
	plan_build(core->config, &core->runtime, &core->plan, &notes);
	config_errors_clear(&notes);
	for (size_t i = 0; i < records->count && !err; i++)
		if (CONTROL_KIND(records->items[i].key) == KEPT_WORKER)
			err = take_worker(core, &records->items[i], children, child_count);
	plan_clear(&core->plan);
	if (err)
		return err;
	kill_strangers(core, children, child_count);
	core_follow(core);
	control_drop_unclaimed(core->control);
	begin_idle(core);
	bury(core, children, child_count);
	return 0;
}
