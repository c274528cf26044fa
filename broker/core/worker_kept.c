/* worker_kept.c: a worker on its way from one core to the next. */
#include "core/worker_kept.h"
#include "base/error.h"
#include "json/record.h"
#include <errno.h>

#define BOOL(name, member) RECORD_FIELD(name, RECORD_BOOL, struct worker, member)
#define NUMBER(name, member) RECORD_FIELD(name, RECORD_NUMBER, struct worker, member)

static const struct record_field fields[] = {
	RECORD_FIELD("name", RECORD_TEXT, struct worker, name),
	BOOL("runtime", runtime),
	NUMBER("phase", phase),
	BOOL("again", again),
	BOOL("leaving", leaving),
	BOOL("ended", ended),
	BOOL("proven", proven),
	NUMBER("pid", pid),
	BOOL("dead", dead),
	NUMBER("status", status),
	RECORD_FIELD("killed", RECORD_TEXT, struct worker, killed),
	NUMBER("backoff_ns", backoff.next_ns),
	NUMBER("state", state),
	NUMBER("since_utc_ns", since_utc_ns),
	NUMBER("restarts", restarts),
};
static const struct record_table table = RECORD_TABLE(fields);

json_t *worker_pack(const struct worker *worker)
{
	const struct worker_error *error = &worker->error;
	json_t *json = record_pack(&table, worker);
	json_object_set_new(json, "kind", json_string(worker->kind->name));
	json_object_set_new(json, "details", worker->kind->pack(worker));
	json_object_set_new(json, "log", worker_log_json(&worker->log));
	if (worker->statistics)
		json_object_set(json, "statistics", worker->statistics);
	if (error->text)
		json_object_set_new(json, "error", worker_error_json(error->text, error->mend, error->utc_ns));
	return json;
}

static void unpack_error(struct worker *worker, const json_t *json)
{
	const char *text, *mend;
	json_int_t utc_ns;
	if (json_unpack((json_t *)json, "{s:s, s:s, s:I}", "text", &text, "mend", &mend, "utc_ns", &utc_ns) < 0)
		return;
	worker_set_error(worker, text, mend);
	worker->error.utc_ns = utc_ns;
}

int worker_unpack(struct worker *worker, const json_t *json)
{
	json_t *statistics = json_object_get(json, "statistics");
	int err = record_unpack(&table, json, worker);
	if (err)
		return err;
	if (worker->phase > WORKER_WAITING || worker->state > FB_ENDED)
		return error_set(EPROTO, "worker %s is in no state that there is", worker->name);
	unpack_error(worker, json_object_get(json, "error"));
	if (json_is_object(statistics))
		worker->statistics = json_incref(statistics);
	worker_log_unpack(&worker->log, json_object_get(json, "log"));
	worker->kind->unpack(worker, json_object_get(json, "details"));
	return 0;
}
