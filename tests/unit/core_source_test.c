/* core_source_test.c: the life of a source's worker, with time, keeper and control in the test's own hands. */
#include "base/clock.h"
#include "core/source.h"
#include "core/source_streams.h"
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the loop: only time ---- */

struct loop_timer {
	loop_timer_fn *call;
	void *context;
	int64_t due_ns; /* 0: not set */
	struct loop_timer *next;
};

static struct loop_timer *timers;
static int64_t now_ns = 1;

int loop_timer_create(struct loop *loop, loop_timer_fn *call, void *context, struct loop_timer **ret_timer)
{
	(void)loop;
	struct loop_timer *timer = calloc(1, sizeof *timer);
	*timer = (struct loop_timer){.call = call, .context = context, .next = timers};
	*ret_timer = timers = timer;
	return 0;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ns)
{
	timer->due_ns = now_ns + delay_ns;
}

void loop_timer_stop(struct loop_timer *timer)
{
	timer->due_ns = 0;
}

void loop_timer_destroy(struct loop_timer *timer)
{
	for (struct loop_timer **at = &timers; *at; at = &(*at)->next) {
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	}
	free(timer);
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn *call, void *context)
{
	(void)loop, (void)fd, (void)events, (void)call, (void)context;
	return 0;
}

void loop_unwatch(struct loop *loop, int fd)
{
	(void)loop, (void)fd;
}

static struct loop_timer *next_due(int64_t until_ns)
{
	struct loop_timer *first = NULL;
	for (struct loop_timer *timer = timers; timer; timer = timer->next)
		if (timer->due_ns && timer->due_ns <= until_ns && (!first || timer->due_ns < first->due_ns))
			first = timer;
	return first;
}

static void pass_seconds(double seconds)
{
	int64_t until_ns = now_ns + (int64_t)(seconds * 1e9);
	for (struct loop_timer *timer; (timer = next_due(until_ns));) {
		now_ns = timer->due_ns;
		timer->due_ns = 0;
		timer->call(timer->context);
	}
	now_ns = until_ns;
}

/* ---- keeper and control: what they were asked ---- */

static struct {
	int spawned, killed, stopped, added, removed, jobs, idle;
	int spawn_error;
	bool wanted;
	enum fb_state state; /* of the stream "gate" */
	bool live;
	char event[32];
} asked;

int keeper_link_spawn(struct keeper_link *link, enum keeper_program program, unsigned id, const char *name, int socket,
		      int error_fd)
{
	(void)link, (void)program, (void)id, (void)name, (void)socket, (void)error_fd;
	asked.spawned++;
	return asked.spawn_error;
}

int keeper_link_kill(struct keeper_link *link, unsigned id)
{
	(void)link, (void)id;
	asked.killed++;
	return 0;
}

int control_adopt_worker(struct control *control, int fd, unsigned worker, pid_t pid)
{
	(void)control, (void)worker, (void)pid;
	close(fd);
	return 0;
}

void control_worker_stop(struct control *control, unsigned worker)
{
	(void)control, (void)worker;
	asked.stopped++;
}

void control_worker_job(struct control *control, unsigned worker, const char *text)
{
	(void)control, (void)worker, (void)text;
	asked.jobs++;
}

int control_stream_add(struct control *control, const char *name, const char *source, unsigned worker,
		       const struct config_output *output, bool live)
{
	(void)control, (void)source, (void)worker, (void)output, (void)live;
	asked.added++;
	return strcmp(name, "taken") ? 0 : -EEXIST;
}

void control_stream_remove(struct control *control, const char *name)
{
	(void)control, (void)name;
	asked.removed++;
}

void control_stream_live(struct control *control, const char *name, bool live)
{
	(void)control, (void)name;
	asked.live = live;
}

void control_stream_state(struct control *control, const char *name, enum fb_state state)
{
	(void)control;
	if (!strcmp(name, "gate"))
		asked.state = state;
}

bool control_stream_wanted(const struct control *control, const char *name)
{
	(void)control, (void)name;
	return asked.wanted;
}

void control_event(struct control *control, const char *event, const char *kind, const char *name,
		   struct json_t *detail)
{
	(void)control, (void)kind, (void)name;
	strncpy(asked.event, event, sizeof asked.event - 1);
	json_decref(detail);
}

/* ---- the tests ---- */

static struct source_host host;
static struct source *source;

static void count_idle(void *context)
{
	(void)context;
	asked.idle++;
}

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
	memset(&asked, 0, sizeof asked);
	host = (struct source_host){.idle = count_idle};
	assert_int_equal(source_create(&host, 1, config, &source), 0);
	assert_int_equal(source_take(source, config), 0);
	config_source_free(config);
}

static int destroy(void **state)
{
	(void)state;
	source_destroy(source);
	source = NULL;
	assert_null(timers);
	return 0;
}

static void run(const char *keys)
{
	create(keys);
	source_begin(source);
	source_started(source, 100);
	source_report(source, FB_LIVE, "{\"statistics\": {\"frames\": 5}}");
}

static void die(int status)
{
	source_died(source, status);
	source_disconnected(source);
}

#define EXIT(code) ((code) << 8)

static void starts_and_tells_its_state(void **state)
{
	(void)state;
	create("{url: a}");
	assert_int_equal(asked.added, 1);
	assert_int_equal(asked.spawned, 0);
	source_begin(source);
	assert_int_equal(asked.spawned, 1);
	assert_int_equal(asked.state, FB_CONNECTING);
	source_started(source, 100);
	source_report(source, FB_LIVE, "{}");
	assert_int_equal(asked.state, FB_LIVE);
	assert_string_equal(asked.event, "live");
}

static void failures_wait_ever_longer(void **state)
{
	(void)state;
	run("{url: a, reconnect_delay: 1s, reconnect_delay_max: 4s}");
	const double shortest[] = {0.8, 1.6, 3.2, 3.2};
	for (int i = 0; i < 4; i++) {
		die(SIGSEGV);
		assert_int_equal(asked.state, FB_LOST);
		assert_string_equal(source->error.text, "the worker died of signal 11 (Segmentation fault)");
		pass_seconds(shortest[i] - 0.01);
		assert_int_equal(asked.spawned, i + 1);
		pass_seconds(shortest[i] / 2 + 0.02); /* jitter of 20 % either way */
		assert_int_equal(asked.spawned, i + 2);
		source_started(source, 100);
	}
	assert_int_equal(source->restarts, 4);
}

static void a_minute_of_life_forgets_failures(void **state)
{
	(void)state;
	run("{url: a, reconnect_delay: 1s, reconnect_delay_max: 100s}");
	for (int i = 0; i < 4; i++) {
		die(EXIT(1));
		pass_seconds(20);
		source_started(source, 100);
	}
	source_report(source, FB_LIVE, "{}");
	for (int i = 0; i < 61; i++) {
		pass_seconds(1);
		source_report(source, FB_LIVE, "{}");
	}
	int before = asked.spawned;
	die(EXIT(1));
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, before + 1);
}

static void silence_is_killed(void **state)
{
	(void)state;
	create("{url: a}");
	source_begin(source);
	source_started(source, 100);
	pass_seconds(10.1);
	assert_int_equal(asked.killed, 1); /* it never said a word */
	destroy(NULL);
	run("{url: a}");
	for (int i = 0; i < 5; i++) {
		pass_seconds(9);
		source_report(source, FB_LIVE, "{}");
	}
	assert_int_equal(asked.killed, 0);
	pass_seconds(10.1);
	assert_int_equal(asked.killed, 1);
	die(SIGKILL);
	pass_seconds(1);
	assert_int_equal(asked.spawned, 2);
}

static void last_words_count_after_the_death(void **state)
{
	(void)state;
	run("{url: a}");
	source_died(source, EXIT(0)); /* the keeper may be faster than the worker's own messages */
	source_report(source, FB_ENDED, "{}");
	source_disconnected(source);
	assert_int_equal(asked.state, FB_ENDED);
	pass_seconds(1000);
	assert_int_equal(asked.spawned, 1);
	assert_int_equal(source->restarts, 0);
}

static void ended_file_stays_ended_until_restart(void **state)
{
	(void)state;
	run("{url: a}");
	source_report(source, FB_ENDED, "{}");
	die(EXIT(0));
	asked.wanted = true;
	source_demand(source);
	pass_seconds(100);
	assert_int_equal(asked.spawned, 1);
	source_restart(source);
	assert_int_equal(asked.spawned, 2);
	assert_int_equal(asked.state, FB_CONNECTING);
}

static void crash_after_the_end_is_a_crash(void **state)
{
	(void)state;
	run("{url: a}");
	source_report(source, FB_ENDED, "{}");
	die(SIGABRT);
	assert_int_equal(asked.state, FB_LOST);
	pass_seconds(2);
	assert_int_equal(asked.spawned, 2);
}

static void on_demand_follows_its_readers(void **state)
{
	(void)state;
	create("{url: a, on_demand: true, linger: 5s}");
	source_begin(source);
	assert_int_equal(asked.spawned, 0);
	asked.wanted = true;
	source_demand(source);
	assert_int_equal(asked.spawned, 1);
	source_started(source, 100);
	source_report(source, FB_LIVE, "{}");
	asked.wanted = false;
	source_demand(source);
	pass_seconds(4);
	asked.wanted = true; /* back in time */
	source_demand(source);
	pass_seconds(3);
	source_report(source, FB_LIVE, "{}");
	assert_int_equal(asked.stopped, 0);
	asked.wanted = false;
	source_demand(source);
	pass_seconds(5.1);
	assert_int_equal(asked.stopped, 1);
	die(EXIT(0));
	assert_int_equal(asked.state, FB_IDLE);
	pass_seconds(100);
	assert_int_equal(asked.spawned, 1);
}

static void demand_while_stopping_starts_again(void **state)
{
	(void)state;
	create("{url: a, on_demand: true, linger: 1s}");
	asked.wanted = true;
	source_demand(source);
	source_started(source, 100);
	asked.wanted = false;
	source_demand(source);
	pass_seconds(1.1);
	asked.wanted = true;
	source_demand(source);
	assert_int_equal(asked.spawned, 1);
	die(EXIT(0));
	assert_int_equal(asked.spawned, 2);
}

static void next_pass_begins_for_the_next_reader(void **state)
{
	(void)state;
	create("{url: a, on_demand: true}");
	asked.wanted = true;
	source_demand(source);
	source_started(source, 100);
	source_report(source, FB_ENDED, "{\"statistics\": {\"frames\": 9}}");
	asked.wanted = false;
	source_demand(source);
	die(EXIT(0));
	assert_int_equal(asked.state, FB_ENDED);
	assert_int_equal(asked.spawned, 1);
	asked.wanted = true;
	source_demand(source);
	assert_int_equal(asked.spawned, 2);
	source_started(source, 101);
	source_report(source, FB_ENDED, "{\"statistics\": {\"frames\": 9}}");
	die(EXIT(0)); /* somebody came for the third pass before this one was over */
	assert_int_equal(asked.spawned, 3);
}

static void empty_pass_does_not_run_in_circles(void **state)
{
	(void)state;
	create("{url: a, on_demand: true, reconnect_delay: 1s}");
	asked.wanted = true;
	source_demand(source);
	source_started(source, 100);
	source_report(source, FB_ENDED, "{\"statistics\": {\"frames\": 0}}");
	die(EXIT(0));
	assert_int_equal(asked.spawned, 1);
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, 2);
}

static void slow_stop_is_killed(void **state)
{
	(void)state;
	run("{url: a}");
	source_restart(source);
	assert_int_equal(asked.stopped, 1);
	pass_seconds(1.9);
	assert_int_equal(asked.killed, 0);
	pass_seconds(0.2);
	assert_int_equal(asked.killed, 1);
	die(SIGKILL);
	assert_int_equal(asked.spawned, 2);
	assert_int_equal(source->restarts, 0);
}

static void stop_before_the_pid_is_known_is_not_lost(void **state)
{
	(void)state;
	create("{url: a}");
	source_begin(source);
	source_stop(source);
	assert_int_equal(asked.stopped, 0);
	source_started(source, 100);
	assert_int_equal(asked.stopped, 1);
	die(EXIT(0));
	assert_int_equal(asked.idle, 1);
	assert_int_equal(asked.state, FB_IDLE);
}

static void failed_start_is_tried_again(void **state)
{
	(void)state;
	create("{url: a, reconnect_delay: 1s}");
	asked.spawn_error = -EAGAIN;
	source_begin(source);
	assert_int_equal(asked.state, FB_LOST);
	asked.spawn_error = 0;
	pass_seconds(1.3);
	assert_int_equal(asked.spawned, 2);
	source_failed(source, "framebroker-source: no such file");
	assert_string_equal(source->error.text, "framebroker-source: no such file");
	pass_seconds(2.6);
	assert_int_equal(asked.spawned, 3);
}

static void nothing_starts_while_everything_stops(void **state)
{
	(void)state;
	run("{url: a, reconnect_delay: 1s}");
	host.stopping = true;
	die(SIGTERM); /* a service manager may end it first */
	pass_seconds(100);
	assert_int_equal(asked.spawned, 1);
}

static void reports_are_taken_apart(void **state)
{
	(void)state;
	run("{url: 'http://h/x'}");
	assert_false(source->live);
	source_report(source, FB_LIVE, "{\"live\": true, \"epoch_ns\": 123, \"error\": \"bad\", \"mend\": \"so\"}");
	assert_true(asked.live);
	assert_string_equal(source->error.text, "bad");
	assert_true(source->error.utc_ns > 0);
	source_report(source, FB_LOST, "{\"live\": false, \"error\": \"bad\"}"); /* not connected: it does not know */
	assert_true(asked.live);
	char *job = source_job(source);
	json_t *root = json_loads(job, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(root, "epoch_ns")), 123);
	assert_string_equal(json_string_value(json_object_get(root, "name")), "gate");
	assert_non_null(strstr(json_string_value(json_object_get(root, "keys")), "http://h/x"));
	json_decref(root);
	free(job);
	source_report(source, FB_LIVE, "{\"error\": null}");
	assert_null(source->error.text);
}

static void odd_reports_do_no_harm(void **state)
{
	(void)state;
	run("{url: a}");
	const char *const odd[] = {"", "[]", "5", "{",
				   "{\"error\": 5, \"live\": [], \"epoch_ns\": \"x\", \"statistics\": 7}"};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		source_report(source, FB_LIVE, odd[i]);
	source_report(source, (enum fb_state)99, "{}");
	assert_int_equal(asked.state, FB_LIVE);
	json_t *status = source_status(source);
	assert_non_null(status);
	json_decref(status);
}

static void password_is_not_in_the_status(void **state)
{
	(void)state;
	run("{url: 'rtsp://u:sesame@h/x', user: '', password: ''}");
	json_t *status = source_status(source);
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
			 SOURCE_RESTART);
	assert_int_equal(compare("{url: a, outputs: {x: {}}}", "{url: b, outputs: {x: {}, y: {}}}"), SOURCE_RESTART);
}

static void streams_follow_the_configuration(void **state)
{
	(void)state;
	create("{url: a, outputs: {gate: {}, x: {}, y: {}}}");
	assert_int_equal(asked.added, 3);
	struct config_source *wanted = config_of("{url: a, outputs: {gate: {}, y: {width: 8}, z: {}}}");
	source_remove_streams(source, wanted);
	assert_int_equal(asked.removed, 2); /* x is gone, y has changed */
	assert_int_equal(source_take(source, wanted), 0);
	assert_int_equal(asked.added, 5);
	assert_true(source_has_stream(source, "z"));
	assert_false(source_has_stream(source, "x"));
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

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, destroy)
	const struct CMUnitTest tests[] = {
		TEST(starts_and_tells_its_state),
		TEST(failures_wait_ever_longer),
		TEST(a_minute_of_life_forgets_failures),
		TEST(silence_is_killed),
		TEST(last_words_count_after_the_death),
		TEST(ended_file_stays_ended_until_restart),
		TEST(crash_after_the_end_is_a_crash),
		TEST(on_demand_follows_its_readers),
		TEST(demand_while_stopping_starts_again),
		TEST(next_pass_begins_for_the_next_reader),
		TEST(empty_pass_does_not_run_in_circles),
		TEST(slow_stop_is_killed),
		TEST(stop_before_the_pid_is_known_is_not_lost),
		TEST(failed_start_is_tried_again),
		TEST(nothing_starts_while_everything_stops),
		TEST(reports_are_taken_apart),
		TEST(odd_reports_do_no_harm),
		TEST(password_is_not_in_the_status),
		cmocka_unit_test(only_outputs_change_without_a_restart),
		TEST(streams_follow_the_configuration),
		cmocka_unit_test(live_is_told_by_the_scheme),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
