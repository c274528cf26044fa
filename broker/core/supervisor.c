/* supervisor.c: all sources, made to follow a plan. */
#include "core/supervisor.h"
#include "base/error.h"
#include "base/log.h"
#include "core/source_streams.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool has_worker(const struct source *source)
{
	return source->phase == SOURCE_RUNNING || source->phase == SOURCE_STOPPING;
}

static void sweep(void *context)
{
	struct supervisor *supervisor = context;
	bool running = false;
	for (struct source **at = &supervisor->sources; *at;) {
		struct source *source = *at;
		running |= has_worker(source);
		if (source->leaving && !has_worker(source)) {
			*at = source->next;
			source_destroy(source);
		} else {
			at = &source->next;
		}
	}
	if (supervisor->host.stopping && !running)
		supervisor->stopped(supervisor->context);
}

static void sweep_soon(void *context)
{
	struct supervisor *supervisor = context;
	loop_timer_set(supervisor->sweep, 0);
}

int supervisor_init(struct supervisor *supervisor, struct loop *loop, void (*stopped)(void *context), void *context)
{
	*supervisor = (struct supervisor){.host = {.loop = loop, .idle = sweep_soon, .context = supervisor},
					  .stopped = stopped,
					  .context = context};
	return loop_timer_create(loop, sweep, supervisor, &supervisor->sweep);
}

void supervisor_clear(struct supervisor *supervisor)
{
	while (supervisor->sources) {
		struct source *source = supervisor->sources;
		supervisor->sources = source->next;
		source_destroy(source);
	}
	loop_timer_destroy(supervisor->sweep);
	supervisor->sweep = NULL;
}

static void tell(struct supervisor *supervisor, const char *event, const char *name)
{
	log_info("core", "source %s %s", name, event);
	control_event(supervisor->host.control, event, "source", name, NULL);
}

static void remove_source(struct supervisor *supervisor, struct source *source)
{
	source->leaving = true;
	source_remove_streams(source, NULL);
	source_stop(source);
	tell(supervisor, "removed", source->config->name);
}

static int add_source(struct supervisor *supervisor, const struct plan_source *planned)
{
	struct source *source, **end = &supervisor->sources;
	int err = source_create(&supervisor->host, ++supervisor->last_id, planned->config, &source);
	if (err)
		return err;
	source->runtime = planned->runtime;
	while (*end)
		end = &(*end)->next;
	*end = source;
	err = source_take(source, planned->config);
	if (err) {
		remove_source(supervisor, source);
		return err;
	}
	tell(supervisor, "added", source->config->name);
	source_begin(source);
	return 0;
}

static int change_source(struct supervisor *supervisor, struct source *source, const struct plan_source *planned)
{
	source->runtime = planned->runtime;
	if (source->change == SOURCE_SAME)
		return 0;
	int err = source_take(source, planned->config);
	if (source->change == SOURCE_OUTPUTS) {
		source_tell_job(source);
		source_demand(source);
		return err;
	}
	tell(supervisor, "restarted", source->config->name);
	source_restart(source);
	return err;
}

/* What goes, goes first: the name of a stream may move from one source to another. */
static void make_room(struct supervisor *supervisor, const struct plan *plan)
{
	for (struct source *source = supervisor->sources; source; source = source->next) {
		const struct plan_source *planned = plan_find_source(plan, source->config->name);
		if (source->leaving)
			continue;
		if (!planned) {
			remove_source(supervisor, source);
			continue;
		}
		source->change = source_compare(source->config, planned->config);
		if (source->change != SOURCE_SAME)
			source_remove_streams(source, planned->config);
	}
}

int supervisor_follow(struct supervisor *supervisor, const struct plan *plan)
{
	int result = 0;
	make_room(supervisor, plan);
	for (size_t i = 0; i < plan->source_count; i++) {
		const struct plan_source *planned = &plan->sources[i];
		struct source *source = supervisor_find_name(supervisor, planned->config->name);
		int err = source ? change_source(supervisor, source, planned) : add_source(supervisor, planned);
		if (err) {
			log_error("core", "source %s: %s", planned->config->name, error_text());
			result = err;
		}
	}
	return result;
}

void supervisor_stop(struct supervisor *supervisor)
{
	supervisor->host.stopping = true;
	for (struct source *source = supervisor->sources; source; source = source->next)
		source_stop(source);
	sweep_soon(supervisor);
}

struct source *supervisor_find(const struct supervisor *supervisor, unsigned id)
{
	for (struct source *source = supervisor->sources; source; source = source->next)
		if (source->id == id)
			return source;
	return NULL;
}

struct source *supervisor_find_name(const struct supervisor *supervisor, const char *name)
{
	for (struct source *source = supervisor->sources; source; source = source->next)
		if (!source->leaving && !strcmp(source->config->name, name))
			return source;
	return NULL;
}

struct source *supervisor_find_writer(const struct supervisor *supervisor, const char *stream)
{
	for (struct source *source = supervisor->sources; source; source = source->next)
		if (!source->leaving && source_has_stream(source, stream))
			return source;
	return NULL;
}

struct json_t *supervisor_status(const struct supervisor *supervisor)
{
	json_t *array = json_array();
	for (struct source *source = supervisor->sources; source; source = source->next)
		if (!source->leaving)
			json_array_append_new(array, source_status(source));
	return array;
}
