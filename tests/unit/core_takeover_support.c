/* core_takeover_support.c: what was asked of the keeper, and a first core that has work. */
#include "unit/core_takeover_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct played_keeper keeper;

bool was_spawned(const struct played_keeper *of, unsigned id)
{
	return of->workers[id].spawned > 0;
}

bool was_spawned_again(const struct played_keeper *of, unsigned id)
{
	return of->workers[id].spawned > 1;
}

bool was_killed(const struct played_keeper *of, unsigned id)
{
	return of->workers[id].killed > 0;
}

bool was_buried(const struct played_keeper *of, unsigned id)
{
	return of->workers[id].buried > 0;
}

struct played_record *record_of(const struct played_keeper *of, enum kept_kind kind, unsigned id)
{
	for (size_t i = 0; i < PLAYED_RECORDS; i++)
		if (of->records[i].key == CONTROL_KEY(kind, id))
			return (struct played_record *)&of->records[i];
	return NULL;
}

bool is_dropped(const struct played_keeper *of, unsigned id)
{
	return !record_of(of, KEPT_WORKER, id);
}

/* The record of a worker, as text, has that in it. */
static bool is_kept(const struct played_keeper *of, unsigned id, const char *part)
{
	const struct played_record *record = record_of(of, KEPT_WORKER, id);
	return record && memmem(record->blob, record->size, part, strlen(part));
}

bool is_live(const struct played_keeper *of, unsigned id)
{
	return is_kept(of, id, "\"frames\":7");
}

bool is_stopping(const struct played_keeper *of, unsigned id)
{
	return is_kept(of, id, "\"phase\":2");
}

bool is_waiting(const struct played_keeper *of, unsigned id)
{
	return is_kept(of, id, "\"phase\":3");
}

void assert_status(const char *kinds, const char *name, const char *state, int pid, int restarts)
{
	json_t *status = played_status(&keeper, kinds, name);
	assert_non_null(status);
	assert_string_equal(json_string_value(json_object_get(status, "state")), state);
	assert_int_equal(json_integer_value(json_object_get(status, "pid")), pid);
	assert_int_equal(json_integer_value(json_object_get(status, "restarts")), restarts);
	json_decref(status);
}

/* A first core with a source that is live: worker 1. */
void begin_live(const char *yaml)
{
	played_config(&keeper, yaml);
	assert_int_equal(played_core_start(&keeper), 0);
	played_until(&keeper, was_spawned, 1);
	played_worker_reports(&keeper, 1, FB_LIVE, "{\"statistics\": {\"frames\": 7}}");
	played_until(&keeper, is_live, 1);
}

/* What has been asked by the time that this was answered. */
void settle(void)
{
	json_decref(played_status(&keeper, "sources", "cam"));
	played_core_kill(&keeper);
}

int takeover_setup(void **state)
{
	(void)state;
	played_keeper_begin(&keeper);
	return 0;
}

int takeover_teardown(void **state)
{
	(void)state;
	played_keeper_end(&keeper);
	return 0;
}
