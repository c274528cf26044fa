/* source_report.c: what is known about a source. */
#include "core/source_report.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "config/alloc.h"
#include "config/url.h"
#include "core/source_streams.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = {[FB_IDLE] = "idle", [FB_CONNECTING] = "connecting",
					  [FB_LIVE] = "live", [FB_STALLED] = "stalled",
					  [FB_LOST] = "lost", [FB_ENDED] = "ended"};

static json_t *error_json(const struct source_error *error)
{
	if (!error->text)
		return json_null();
	return json_pack("{s:s, s:s, s:I}", "text", error->text, "mend", error->mend, "utc_ns",
			 (json_int_t)error->utc_ns);
}

void source_set_state(struct source *source, enum fb_state state)
{
	if (source->state == state)
		return;
	source->state = state;
	log_info(source->log.topic, "%s", state_names[state]);
	control_event(source->host->control, state_names[state], "source", source->config->name,
		      json_pack("{s:o}", "error", error_json(&source->error)));
	source_show_state(source);
}

void source_clear_error(struct source *source)
{
	free(source->error.text);
	free(source->error.mend);
	source->error = (struct source_error){0};
}

void source_set_error(struct source *source, const char *text, const char *mend)
{
	if (source->error.text && !strcmp(source->error.text, text))
		return;
	struct source_error error = {.text = alloc_text(text), .mend = alloc_text(mend), .utc_ns = clock_utc_ns()};
	source_clear_error(source);
	source->error = error;
}

static void take_error(struct source *source, const json_t *root)
{
	const char *text = json_string_value(json_object_get(root, "error"));
	const char *mend = json_string_value(json_object_get(root, "mend"));
	if (text && text[0])
		source_set_error(source, text, mend ? mend : "");
	else
		source_clear_error(source);
}

static void take_facts(struct source *source, enum fb_state state, const json_t *root)
{
	json_t *statistics = json_object_get(root, "statistics");
	if (json_is_object(statistics)) {
		json_decref(source->statistics);
		source->statistics = json_incref(statistics);
	}
	json_t *epoch = json_object_get(root, "epoch_ns");
	if (json_is_integer(epoch))
		source->epoch_ns = json_integer_value(epoch);
	/* A worker that is not connected yet does not know. */
	json_t *live = json_object_get(root, "live");
	if (json_is_boolean(live) && (state == FB_LIVE || state == FB_STALLED) && json_is_true(live) != source->live) {
		source->live = json_is_true(live);
		source_show_live(source);
	}
}

void source_report(struct source *source, enum fb_state state, const char *json)
{
	if (source->phase != SOURCE_RUNNING || state > FB_ENDED)
		return;
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		log_warning(source->log.topic, "the worker's report is not a JSON object");
		json_decref(root);
		return;
	}
	take_error(source, root);
	take_facts(source, state, root);
	json_decref(root);
	source_heard(source, state);
	source_set_state(source, state);
}

bool source_pass_had_frames(const struct source *source)
{
	return json_integer_value(json_object_get(source->statistics, "frames")) > 0;
}

/* Only a live source has a clock of its own that goes on: the next pass of a file begins at 0. */
char *source_job(const struct source *source)
{
	char *keys = config_source_to_text(source->config);
	json_t *job = json_pack("{s:s, s:s, s:I}", "name", source->config->name, "keys", keys, "epoch_ns",
				(json_int_t)source->epoch_ns);
	char *text = job ? json_dumps(job, JSON_COMPACT) : NULL;
	json_decref(job);
	free(keys);
	return text;
}

void source_tell_job(const struct source *source)
{
	char *text = source_job(source);
	if (text)
		control_worker_job(source->host->control, source->id, text);
	free(text);
}

struct json_t *source_status(const struct source *source)
{
	char url[LIMIT_URL];
	config_url_redacted(source->config->url, url, sizeof url);
	json_t *outputs = json_array();
	for (size_t i = 0; i < source->config->output_count; i++)
		json_array_append_new(outputs, json_string(source->config->outputs[i].name));
	return json_pack("{s:s, s:s, s:s, s:o, s:i, s:b, s:b, s:b, s:o, s:o, s:o, s:O?}", "name", source->config->name,
			 "url", url, "state", state_names[source->state], "pid",
			 source->pid ? json_integer(source->pid) : json_null(), "restarts", (int)source->restarts,
			 "on_demand", source->config->on_demand, "live", source->live, "runtime", source->runtime,
			 "outputs", outputs, "error", error_json(&source->error), "log", worker_log_json(&source->log),
			 "statistics", source->statistics);
}
