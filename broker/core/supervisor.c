/* supervisor.c: all workers: they are found here, stop together, and go when they have left. */
#include "core/supervisor.h"
#include "base/log.h"
#include "clients/events.h"
#include "core/source_streams.h"
#include <jansson.h>
#include <string.h>

static void sweep(void *context)
{
	struct supervisor *supervisor = context;
	bool running = false;
	for (struct worker **at = &supervisor->workers; *at;) {
		struct worker *worker = *at;
		running |= worker_runs(worker);
		if (worker->leaving && !worker_runs(worker)) {
			*at = worker->next;
			supervisor->hooks.drop(supervisor->hooks.core, worker);
			worker->kind->destroy(worker);
		} else {
			at = &worker->next;
		}
	}
	if (supervisor->host.stopping && !running)
		supervisor->hooks.stopped(supervisor->hooks.core);
}

static void sweep_soon(void *context)
{
	struct supervisor *supervisor = context;
	loop_timer_set(supervisor->sweep, 0);
}

static void keep(void *context)
{
	const struct supervisor *supervisor = context;
	supervisor->hooks.keep(supervisor->hooks.core);
}

int supervisor_init(struct supervisor *supervisor, struct loop *loop, const struct supervisor_hooks *hooks)
{
	*supervisor = (struct supervisor){
		.host = {.loop = loop, .idle = sweep_soon, .keep = keep, .context = supervisor}, .hooks = *hooks};
	return loop_timer_create(loop, sweep, supervisor, &supervisor->sweep);
}

void supervisor_clear(struct supervisor *supervisor)
{
	while (supervisor->workers) {
		struct worker *worker = supervisor->workers;
		supervisor->workers = worker->next;
		worker->kind->destroy(worker);
	}
	loop_timer_destroy(supervisor->sweep);
	supervisor->sweep = NULL;
}

unsigned supervisor_next_id(struct supervisor *supervisor)
{
	return ++supervisor->last_id;
}

void supervisor_skip_id(struct supervisor *supervisor, unsigned id)
{
	if (id > supervisor->last_id)
		supervisor->last_id = id;
}

void supervisor_note(struct supervisor *supervisor, const char *kind, const char *name, const char *what)
{
	size_t used = strlen(supervisor->news);
	snprintf(supervisor->news + used, sizeof supervisor->news - used, "%s%s %s %s", used ? ", " : "", kind, name,
		 what);
}

static void tell(struct supervisor *supervisor, const char *event, const struct worker *worker)
{
	supervisor_note(supervisor, worker->kind->name, worker->name, event);
	log_info("core", "%s %s %s", worker->kind->name, worker->name, event);
	control_event(supervisor->host.control, event, worker->kind->name, worker->name, NULL);
}

void supervisor_adopt(struct supervisor *supervisor, struct worker *worker)
{
	struct worker **end = &supervisor->workers;
	while (*end)
		end = &(*end)->next;
	*end = worker;
	supervisor_skip_id(supervisor, worker->id);
}

void supervisor_add(struct supervisor *supervisor, struct worker *worker)
{
	supervisor_adopt(supervisor, worker);
	tell(supervisor, "added", worker);
}

void supervisor_remove(struct supervisor *supervisor, struct worker *worker)
{
	worker->leaving = true;
	worker_stop(worker);
	tell(supervisor, "removed", worker);
}

void supervisor_restart(struct supervisor *supervisor, struct worker *worker)
{
	tell(supervisor, "restarted", worker);
	worker_restart(worker);
}

void supervisor_stop(struct supervisor *supervisor)
{
	const struct worker_kind *const order[] = {&sink_kind, &source_kind}; /* what a sink has yet to send is there */
	supervisor->host.stopping = true;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		for (struct worker *worker = supervisor->workers; worker; worker = worker->next)
			if (worker->kind == order[i])
				worker_stop(worker);
	sweep_soon(supervisor);
}

struct worker *supervisor_find(const struct supervisor *supervisor, unsigned id)
{
	for (struct worker *worker = supervisor->workers; worker; worker = worker->next)
		if (worker->id == id)
			return worker;
	return NULL;
}

struct worker *supervisor_next(const struct supervisor *supervisor, const struct worker_kind *kind,
			       const struct worker *after)
{
	struct worker *worker = after ? after->next : supervisor->workers;
	while (worker && (worker->kind != kind || worker->leaving))
		worker = worker->next;
	return worker;
}

static struct worker *find_name(const struct supervisor *supervisor, const struct worker_kind *kind, const char *name)
{
	struct worker *worker = NULL;
	while ((worker = supervisor_next(supervisor, kind, worker)) && strcmp(worker->name, name))
		;
	return worker;
}

struct source *supervisor_find_source(const struct supervisor *supervisor, const char *name)
{
	return (struct source *)find_name(supervisor, &source_kind, name);
}

struct sink *supervisor_find_sink(const struct supervisor *supervisor, const char *name)
{
	return (struct sink *)find_name(supervisor, &sink_kind, name);
}

struct worker *supervisor_find_writer(const struct supervisor *supervisor, const char *stream)
{
	struct worker *worker = NULL;
	while ((worker = supervisor_next(supervisor, &source_kind, worker)))
		if (source_has_stream((struct source *)worker, stream))
			return worker;
	while ((worker = supervisor_next(supervisor, &sink_kind, worker)))
		if (!strcmp(((struct sink *)worker)->planned.packets, stream))
			return worker;
	return NULL;
}

void supervisor_stream_written(const struct supervisor *supervisor, const char *stream)
{
	for (struct worker *worker = NULL; (worker = supervisor_next(supervisor, &sink_kind, worker));)
		if (sink_reads((struct sink *)worker, stream))
			worker_begin(worker);
}

struct json_t *supervisor_status(const struct supervisor *supervisor, const struct worker_kind *kind)
{
	json_t *array = json_array();
	for (struct worker *worker = NULL; (worker = supervisor_next(supervisor, kind, worker));)
		json_array_append_new(array, kind->status(worker));
	return array;
}
