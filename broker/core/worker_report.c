/* worker_report.c: reads a report. */
#include "core/worker_report.h"
#include "base/log.h"
#include <jansson.h>

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
