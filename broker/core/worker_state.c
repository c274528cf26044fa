/* worker_state.c: states and errors, for the log, for those who listen to events, and for the status. */
#include "core/worker_state.h"
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

bool worker_is_demanded(const struct worker *worker)
{
	return !worker->demand.on || worker->kind->wanted(worker);
}
