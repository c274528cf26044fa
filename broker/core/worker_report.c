/* worker_report.c: what is known about a worker. */
#include "core/worker_report.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "clients/events.h"
#include "config/alloc.h"
#include "config/url.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = {[FB_IDLE] = "idle", [FB_CONNECTING] = "connecting",
					  [FB_LIVE] = "live", [FB_STALLED] = "stalled",
					  [FB_LOST] = "lost", [FB_ENDED] = "ended"};

struct json_t *worker_error_json(const char *text, const char *mend, int64_t utc_ns)
{
	return text ? json_pack("{s:s, s:s, s:I}", "text", text, "mend", mend, "utc_ns", (json_int_t)utc_ns)
		    : json_null();
}

static json_t *error_json(const struct worker *worker)
{
	return worker_error_json(worker->error.text, worker->error.mend, worker->error.utc_ns);
}

void worker_set_state(struct worker *worker, enum fb_state state)
{
	if (worker->state == state)
		return;
	worker->state = state;
	worker->changed = true;
	worker->since_utc_ns = clock_utc_ns();
	log_info(worker->log.topic, "%s", state_names[state]);
	control_event(worker->host->control, state_names[state], worker->kind->name, worker->name,
		      json_pack("{s:o}", "error", error_json(worker)));
	worker->kind->state(worker);
}

void worker_clear_error(struct worker *worker)
{
	free(worker->error.text);
	free(worker->error.mend);
	worker->error = (struct worker_error){0};
}

void worker_set_error(struct worker *worker, const char *text, const char *mend)
{
	if (worker->error.text && !strcmp(worker->error.text, text))
		return;
	struct worker_error error = {.text = alloc_text(text), .mend = alloc_text(mend), .utc_ns = clock_utc_ns()};
	worker_clear_error(worker);
	worker->error = error;
	worker->changed = true;
}

static void take_error(struct worker *worker, const json_t *root)
{
	const char *text = json_string_value(json_object_get(root, "error"));
	const char *mend = json_string_value(json_object_get(root, "mend"));
	if (text && text[0])
		worker_set_error(worker, text, mend ? mend : "");
	else
		worker_clear_error(worker);
}

static void take_statistics(struct worker *worker, const json_t *root)
{
	json_t *statistics = json_object_get(root, "statistics");
	if (!json_is_object(statistics))
		return;
	json_decref(worker->statistics);
	worker->statistics = json_incref(statistics);
}

void worker_report(struct worker *worker, enum fb_state state, const char *json)
{
	if (worker->phase != WORKER_RUNNING || state > FB_ENDED)
		return;
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		log_warning(worker->log.topic, "the worker's report is not a JSON object");
		json_decref(root);
		return;
	}
	worker->changed = true;
	take_error(worker, root);
	take_statistics(worker, root);
	worker->kind->report(worker, state, root);
	json_decref(root);
	worker_heard(worker, state);
	worker_set_state(worker, state);
}

bool worker_had_frames(const struct worker *worker)
{
	return json_integer_value(json_object_get(worker->statistics, "frames")) > 0;
}

bool worker_had_packets(const struct worker *worker)
{
	return json_integer_value(json_object_get(worker->statistics, "packets")) > 0;
}

struct json_t *worker_status(const struct worker *worker, const char *url)
{
	char redacted[LIMIT_URL];
	config_url_redacted(url, redacted, sizeof redacted);
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:i, s:b, s:o, s:o, s:O?}", "name", worker->name, "url", redacted,
			 "state", state_names[worker->state], "since_utc_ns", (json_int_t)worker->since_utc_ns, "pid",
			 worker->pid ? json_integer(worker->pid) : json_null(), "restarts", (int)worker->restarts,
			 "runtime", worker->runtime, "error", error_json(worker), "log", worker_log_json(&worker->log),
			 "statistics", worker->statistics);
}
