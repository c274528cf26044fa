/* core_source_test.c: when a source's worker runs, what it tells, and how its streams follow the configuration. */
#include "core/source.h"
#include "core/source_streams.h"
#include "core/worker_kept.h"
#include "core/worker_report.h"
#include "support/core_fixture.h"
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct source *source;

static struct config_source *config_of(const char *keys)
{
	struct config_source *config = NULL;
	struct config_errors errors = {0};
	assert_int_equal(config_source_from_text("gate", keys, NULL, &config, &errors), 0);
	return config;
}

static void create(const char *keys)
{
	struct config_source *config = config_of(keys);
	core_fixture_reset();
	assert_int_equal(source_create(&host, 1, config, &source), 0);
	assert_int_equal(source_take(source, config), 0);
	config_source_free(config);
}

static int destroy(void **state)
{
	(void)state;
	source_kind.destroy(&source->worker);
	source = NULL;
	return 0;
}

static void run(const char *keys)
{
	create(keys);
	worker_begin(&source->worker);
	worker_started(&source->worker, 100);
	worker_report(&source->worker, FB_LIVE, "{\"statistics\": {\"frames\": 5}}");
}

static void starts_and_tells_its_state(void **state)
{
	(void)state;
	create("{url: a}");
	assert_int_equal(asked.added, 1);
	assert_int_equal(asked.spawned, 0);
	worker_begin(&source->worker);
	assert_int_equal(asked.spawned, 1);
	assert_int_equal(asked.state, FB_CONNECTING);
	worker_started(&source->worker, 100);
	worker_report(&source->worker, FB_LIVE, "{}");
	assert_int_equal(asked.state, FB_LIVE);
	assert_string_equal(asked.event, "live");
}

static void ended_file_stays_ended_until_restart(void **state)
{
	(void)state;
	run("{url: a}");
	worker_report(&source->worker, FB_ENDED, "{}");
	die(&source->worker, EXIT(0));
	asked.wanted = true;
	source_kind.demand(&source->worker);
	pass_seconds(100);
	assert_int_equal(asked.spawned, 1);
	worker_restart(&source->worker);
	assert_int_equal(asked.spawned, 2);
	assert_int_equal(asked.state, FB_CONNECTING);
}

static void on_demand_follows_its_readers(void **state)
{
	(void)state;
	create("{url: a, on_demand: true, linger: 5s}");
	worker_begin(&source->worker);
	assert_int_equal(asked.spawned, 0);
	asked.wanted = true;
	source_kind.demand(&source->worker);
	assert_int_equal(asked.spawned, 1);
	worker_started(&source->worker, 100);
	worker_report(&source->worker, FB_LIVE, "{}");
	asked.wanted = false;
	source_kind.demand(&source->worker);
	pass_seconds(4);
	asked.wanted = true; /* back in time */
	source_kind.demand(&source->worker);
	pass_seconds(3);
	worker_report(&source->worker, FB_LIVE, "{}");
	assert_int_equal(asked.stopped, 0);
	asked.wanted = false;
	source_kind.demand(&source->worker);
	pass_seconds(5.1);
	assert_int_equal(asked.stopped, 1);
	die(&source->worker, EXIT(0));
	assert_int_equal(asked.state, FB_IDLE);
	pass_seconds(100);
	assert_int_equal(asked.spawned, 1);
}

static void demand_while_stopping_starts_again(void **state)
{
	(void)state;
	create("{url: a, on_demand: true, linger: 1s}");
	asked.wanted = true;
	source_kind.demand(&source->worker);
	worker_started(&source->worker, 100);
	asked.wanted = false;
	source_kind.demand(&source->worker);
	pass_seconds(1.1);
	asked.wanted = true;
	source_kind.demand(&source->worker);
	assert_int_equal(asked.spawned, 1);
	die(&source->worker, EXIT(0));
	assert_int_equal(asked.spawned, 2);
}

static void next_pass_begins_for_the_next_reader(void **state)
{
	(void)state;
	create("{url: a, on_demand: true}");
	asked.wanted = true;
	source_kind.demand(&source->worker);
	worker_started(&source->worker, 100);
	worker_report(&source->worker, FB_ENDED, "{\"statistics\": {\"frames\": 9}}");
	asked.wanted = false;
	source_kind.demand(&source->worker);
	die(&source->worker, EXIT(0));
	assert_int_equal(asked.state, FB_ENDED);
	assert_int_equal(asked.spawned, 1);
	asked.wanted = true;
	source_kind.demand(&source->worker);
	assert_int_equal(asked.spawned, 2);
	worker_started(&source->worker, 101);
	worker_report(&source->worker, FB_ENDED, "{\"statistics\": {\"frames\": 9}}");
	die(&source->worker, EXIT(0)); /* somebody came for the third pass before this one was over */
	assert_int_equal(asked.spawned, 3);
}

static void empty_pass_does_not_run_in_circles(void **state)
{
	(void)state;
	create("{url: a, on_demand: true, reconnect_delay: 1s}");
	asked.wanted = true;
	source_kind.demand(&source->worker);
	worker_started(&source->worker, 100);
	worker_report(&source->worker, FB_ENDED, "{\"statistics\": {\"frames\": 0}}");
	die(&source->worker, EXIT(0));
	assert_int_equal(asked.spawned, 1);
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, 2);
}

static void reports_are_taken_apart(void **state)
{
	(void)state;
	run("{url: 'http://h/x'}");
	assert_false(source->live);
	worker_report(&source->worker, FB_LIVE,
		      "{\"live\": true, \"epoch_ns\": 123, \"error\": \"bad\", \"mend\": \"so\"}");
	assert_true(asked.live);
	assert_string_equal(source->worker.error.text, "bad");
	assert_true(source->worker.error.utc_ns > 0);
	worker_report(&source->worker, FB_LOST,
		      "{\"live\": false, \"error\": \"bad\"}"); /* not connected: it does not know */
	assert_true(asked.live);
	char *job = source_kind.job(&source->worker);
	json_t *root = json_loads(job, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(root, "epoch_ns")), 123);
	assert_string_equal(json_string_value(json_object_get(root, "name")), "gate");
	assert_non_null(strstr(json_string_value(json_object_get(root, "keys")), "http://h/x"));
	json_decref(root);
	free(job);
	worker_report(&source->worker, FB_LIVE, "{\"error\": null}");
	assert_null(source->worker.error.text);
}

static void password_is_not_in_the_status(void **state)
{
	(void)state;
	run("{url: 'rtsp://u:sesame@h/x', user: '', password: ''}");
	json_t *status = source_kind.status(&source->worker);
	char *text = json_dumps(status, 0);
	assert_null(strstr(text, "sesame"));
	free(text);
	json_decref(status);
}

static enum source_change compare(const char *before, const char *after)
{
	struct config_source *a = config_of(before), *b = config_of(after);
	enum source_change change = source_compare(a, b);
	config_source_free(a);
	config_source_free(b);
	return change;
}

static void only_outputs_change_without_a_restart(void **state)
{
	(void)state;
	assert_int_equal(compare("{url: a, linger: 10s}", "{url: a}"), SOURCE_SAME);
	assert_int_equal(compare("{url: a}", "{url: b}"), SOURCE_RESTART);
	assert_int_equal(compare("{url: a, outputs: {x: {}}}", "{url: a, outputs: {x: {}, y: {}}}"), SOURCE_OUTPUTS);
	assert_int_equal(compare("{url: a, outputs: {x: {}, y: {}}}", "{url: a, outputs: {y: {}}}"), SOURCE_OUTPUTS);
	assert_int_equal(compare("{url: a, outputs: {x: {}, y: {}}}", "{url: a, outputs: {x: {width: 8}}}"),
			 SOURCE_OUTPUTS);
	assert_int_equal(compare("{url: a, outputs: {x: {}}}", "{url: b, outputs: {x: {}, y: {}}}"), SOURCE_RESTART);
}

static void streams_follow_the_configuration(void **state)
{
	(void)state;
	create("{url: a, outputs: {gate: {}, x: {}, y: {}}}");
	assert_int_equal(asked.added, 3);
	struct config_source *wanted = config_of("{url: a, outputs: {gate: {}, y: {width: 8}, z: {}}}");
	source_remove_streams(source, wanted);
	assert_int_equal(asked.removed, 1);
	assert_int_equal(source_take(source, wanted), 0);
	assert_int_equal(asked.added, 4);
	assert_int_equal(asked.changed, 1);
	assert_true(source_has_stream(source, "z"));
	assert_false(source_has_stream(source, "x"));
	config_source_free(wanted);
	wanted = config_of("{url: a, outputs: {gate: {max_readers: 9}, y: {media: audio}, z: {}}}");
	source_remove_streams(source, wanted);
	assert_int_equal(asked.removed, 3); /* pictures cannot become sound */
	assert_int_equal(source_take(source, wanted), 0);
	assert_int_equal(asked.added, 6);
	assert_int_equal(asked.changed, 1);
	config_source_free(wanted);
	wanted = config_of("{url: a, outputs: {gate: {}, taken: {}}}");
	assert_int_equal(source_take(source, wanted), -EEXIST);
	assert_false(source_has_stream(source, "taken"));
	config_source_free(wanted);
}

static void live_is_told_by_the_scheme(void **state)
{
	(void)state;
	const struct {
		const char *keys;
		bool live;
	} cases[] = {{"{url: 'rtsp://h/1'}", true},           {"{url: 'RTSPS://h/1'}", true},
		     {"{url: 'udp://239.1.1.1:5'}", true},    {"{url: rtsp.mp4}", false},
		     {"{url: 'http://h/x.mp4'}", false},      {"{url: /dev/video0, format: v4l2}", true},
		     {"{url: testsrc, format: lavfi}", false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config_source *config = config_of(cases[i].keys);
		assert_int_equal(source_seems_live(config), cases[i].live);
		config_source_free(config);
	}
}

/* A worker that publishes packets decodes only what somebody wants, so it is told. */
static void job_names_the_outputs_that_are_wanted(void **state)
{
	(void)state;
	run("{url: a, outputs: {gate: {}, gate/packets: {media: packet}}}");
	asked.wanted = true;
	source_kind.demand(&source->worker);
	assert_int_equal(asked.jobs, 1);
	char *job = source_kind.job(&source->worker);
	json_t *root = json_loads(job, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(root, "wanted")), 2);
	json_decref(root);
	free(job);
	asked.wanted = false;
	source_kind.demand(&source->worker);
	assert_int_equal(asked.jobs, 2);
	job = source_kind.job(&source->worker);
	assert_non_null(strstr(job, "\"wanted\":[]"));
	free(job);
	destroy(NULL);
	run("{url: a}");
	asked.jobs = 0;
	source_kind.demand(&source->worker);
	assert_int_equal(asked.jobs, 0);
}

static void pass_over(void *context, const char *line)
{
	(void)context, (void)line;
}

static void the_next_core_knows_what_it_told_and_printed(void **state)
{
	(void)state;
	run("{url: a}");
	tail_feed(&source->worker.log.tail, "one\ntwo \"2\"\n", 12, pass_over, NULL);
	json_t *kept = worker_pack(&source->worker);
	destroy(NULL);
	create("{url: a}");
	assert_int_equal(worker_unpack(&source->worker, kept), 0);
	json_decref(kept);
	json_t *status = source_kind.status(&source->worker);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(status, "statistics"), "frames")), 5);
	char *log = json_dumps(json_object_get(status, "log"), JSON_COMPACT);
	assert_string_equal(log, "[\"one\",\"two \\\"2\\\"\"]");
	free(log);
	json_decref(status);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, destroy)
	const struct CMUnitTest tests[] = {
		TEST(starts_and_tells_its_state),
		TEST(ended_file_stays_ended_until_restart),
		TEST(on_demand_follows_its_readers),
		TEST(demand_while_stopping_starts_again),
		TEST(next_pass_begins_for_the_next_reader),
		TEST(empty_pass_does_not_run_in_circles),
		TEST(reports_are_taken_apart),
		TEST(password_is_not_in_the_status),
		cmocka_unit_test(only_outputs_change_without_a_restart),
		TEST(streams_follow_the_configuration),
		cmocka_unit_test(live_is_told_by_the_scheme),
		TEST(job_names_the_outputs_that_are_wanted),
		TEST(the_next_core_knows_what_it_told_and_printed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
