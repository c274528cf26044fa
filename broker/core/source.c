/* source.c: what a source's worker works on, when it is wanted, and what it tells. */
#include "core/source.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/declared.h"
#include "control/workers.h"
#include "core/demand.h"
#include "core/source_streams.h"
#include "json/json_memory.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

static struct source *source_of(struct worker *worker)
{
	return (struct source *)worker;
}

static void destroy(struct worker *worker)
{
	struct source *source = source_of(worker);
	worker_clear(worker);
	config_source_free(source->config);
	free(source);
}

int source_create(struct worker_host *host, unsigned id, const struct config_source *config, struct source **ret_source)
{
	struct source *source = calloc(1, sizeof *source);
	if (!source)
		return error_set(ENOMEM, "no memory for source %s", config->name);
	int err = worker_init(&source->worker, host, &source_kind, id, config->name);
	if (!err)
		err = demand_init(&source->worker);
	source->config = config_source_copy(config);
	while (source->config->output_count)
		config_source_remove_output(source->config, source->config->outputs[0].name);
	source->live = source_seems_live(config);
	if (err) {
		destroy(&source->worker);
		return err;
	}
	*ret_source = source;
	return 0;
}

static bool due(const struct worker *worker)
{
	(void)worker; /* nothing but demand could hinder it */
	return true;
}

static bool wanted(const struct worker *worker)
{
	return source_wanted((const struct source *)worker);
}

static void demand(struct worker *worker)
{
	struct source *source = source_of(worker);
	if (config_source_packets(source->config) && worker->phase == WORKER_RUNNING)
		source_tell_job(source);
	demand_changed(worker);
}

/* The outputs that somebody reads or waits for: the others need not be decoded. */
static json_t *wanted_outputs(const struct source *source)
{
	json_t *names = json_array();
	for (size_t i = 0; i < source->config->output_count; i++)
		if (control_stream_wanted(source->worker.host->control, source->config->outputs[i].name))
			json_array_append_new(names, json_string(source->config->outputs[i].name));
	return names;
}

/* Only a live source has a clock of its own that goes on: the next pass of a file begins at 0. */
static char *job(struct worker *worker)
{
	const struct source *source = source_of(worker);
	char *keys = config_source_to_text(source->config);
	json_memory_watch();
	json_t *root = json_pack("{s:s, s:s, s:I, s:o}", "name", worker->name, "keys", keys, "epoch_ns",
				 (json_int_t)source->epoch_ns, "wanted", wanted_outputs(source));
	char *text = root && !json_memory_lacked() ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	free(keys);
	return text;
}

void source_tell_job(struct source *source)
{
	char *text = job(&source->worker);
	if (text)
		control_worker_job(source->worker.host->control, source->worker.id, text);
	free(text);
}

static void take_report(struct worker *worker, enum fb_state state, const json_t *report)
{
	struct source *source = source_of(worker);
	json_t *epoch = json_object_get(report, "epoch_ns");
	if (json_is_integer(epoch))
		source->epoch_ns = json_integer_value(epoch);
	/* A worker that is not connected yet does not know. */
	json_t *live = json_object_get(report, "live");
	if (json_is_boolean(live) && (state == FB_LIVE || state == FB_STALLED) && json_is_true(live) != source->live) {
		source->live = json_is_true(live);
		source_show_live(source);
	}
}

static void show_state(struct worker *worker)
{
	source_show_state(source_of(worker));
}

static enum worker_next over(struct worker *worker, bool finished)
{
	struct source *source = source_of(worker);
	if (!source->live && (finished || worker->phase == WORKER_STOPPING))
		source->epoch_ns = 0; /* a file's next pass begins at pts 0; after a crash time goes on */
	if (!source->config->on_demand)
		return WORKER_NONE;
	bool had = config_source_packets(source->config) ? worker_had_packets(worker) : worker_had_frames(worker);
	return had ? WORKER_IF_DUE : WORKER_LATER; /* for a reader that came for the next pass */
}

static json_t *pack(const struct worker *worker)
{
	const struct source *source = (const struct source *)worker;
	char *text = config_source_to_text(source->config);
	json_t *json = json_pack("{s:s, s:I, s:b}", "config", text, "epoch_ns", (json_int_t)source->epoch_ns, "live",
				 (int)source->live);
	free(text);
	return json;
}

static void unpack(struct worker *worker, const json_t *json)
{
	struct source *source = source_of(worker);
	source->epoch_ns = json_integer_value(json_object_get(json, "epoch_ns"));
	source->live = json_is_true(json_object_get(json, "live"));
}

static json_t *status(const struct worker *worker)
{
	const struct source *source = (const struct source *)worker;
	json_t *root = worker_status(worker, source->config->url), *outputs = json_array();
	for (size_t i = 0; i < source->config->output_count; i++)
		json_array_append_new(outputs, json_string(source->config->outputs[i].name));
	json_object_set_new(root, "outputs", outputs);
	json_object_set_new(root, "on_demand", json_boolean(source->config->on_demand));
	json_object_set_new(root, "live", json_boolean(source->live));
	return root;
}

const struct worker_kind source_kind = {.name = "source",
					.program = KEEPER_SOURCE,
					.stop_ns = 2 * NS_PER_SECOND,
					.due = due,
					.wanted = wanted,
					.demand = demand,
					.job = job,
					.report = take_report,
					.state = show_state,
					.over = over,
					.pack = pack,
					.unpack = unpack,
					.status = status,
					.destroy = destroy};
