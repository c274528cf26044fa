/* kept.c: what this core leaves to the next one. */
#include "core/kept.h"
#include "base/log.h"
#include "control/control.h"
#include "core/worker_kept.h"
#include "json/json_memory.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int kept_record(void *context, uint64_t key, const void *blob, size_t size, const int *fds, size_t fd_count)
{
	struct core *core = context;
	return keeper_link_keep(core->keeper, key, blob, size, fds, fd_count);
}

static int keep(struct core *core, enum kept_kind kind, unsigned id, const char *text, const int *fds, size_t fd_count)
{
	return kept_record(core, CONTROL_KEY(kind, id), text, strlen(text), fds, fd_count);
}

/* ---- workers ---- */

static int keep_log(struct core *core, struct worker *worker)
{
	bool open = worker->log.fd >= 0;
	if (open == worker->log_kept)
		return 0;
	int r = keep(core, KEPT_LOG, worker->id, open ? "log" : "", &worker->log.fd, open);
	if (r == 0)
		worker->log_kept = open;
	return r;
}

static void keep_worker(struct core *core, struct worker *worker)
{
	json_memory_watch();
	json_t *json = worker_pack(worker);
	char *text = json && !json_memory_lacked() ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	int r = text ? keep(core, KEPT_WORKER, worker->id, text, NULL, 0) : -ENOMEM;
	free(text);
	if (r == 0)
		r = keep_log(core, worker);
	worker->changed = r < 0; /* tried again in the loop's next turn */
}

void kept_drop_worker(void *context, const struct worker *worker)
{
	struct core *core = context;
	keep(core, KEPT_WORKER, worker->id, "", NULL, 0);
	keep(core, KEPT_LOG, worker->id, "", NULL, 0);
}

/* ---- run-time entries ---- */

static void keep_runtime(struct core *core)
{
	char *text = runtime_to_text(&core->runtime);
	core->runtime_changed = keep(core, KEPT_RUNTIME, 0, text, NULL, 0) < 0;
	free(text);
}

void kept_runtime(struct core *core)
{
	core->runtime_changed = true;
	keep_runtime(core);
}

/* ---- all of it ---- */

void kept_flush(void *context)
{
	struct core *core = context;
	for (struct worker *worker = core->supervisor.workers; worker; worker = worker->next)
		if (worker->changed)
			keep_worker(core, worker);
	control_keep(core->control); /* streams name the workers that write them */
	if (core->runtime_changed)
		keep_runtime(core);
}
