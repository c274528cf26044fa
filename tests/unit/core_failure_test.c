/* core_failure_test.c: a broker whose core or keeper runs out of memory or descriptors, at any call, in its daily work,
 * at its start or while it takes over: whoever asked is told so, the next try works, frames flow again, and in the end
 * it has what it had before. */
#include "base/clock.h"
#include "support/forked_broker.h"
#include <dirent.h>
#include <errno.h>
#include <framebroker.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE (30 * NS_PER_SECOND)
#define SOON (NS_PER_SECOND / 4)
#define CALLS_MAX 200000 /* more than there are in any scenario */

#define SOURCE "{url: none, on_demand: true, linger: 0s, reconnect_delay: 20ms, reconnect_delay_max: 50ms}"
#define STREAM "{media: video, pixel_format: gray, width: 64, height: 16}"
#define SINK "{url: none, video: {stream: more}, reconnect_delay: 20ms, reconnect_delay_max: 50ms}"

static const char config[] = "broker: {memory: memfd, runtime_file: \"%s/runtime\"}\n"
			     "sources: {cam: " SOURCE "}\n"
			     "streams: {drawn: " STREAM "}\n";

struct scene {
	struct forked_broker *broker;
	const struct inject *inject; /* NULL: nothing fails */
	unsigned nth;
	bool failing; /* perhaps */
	int64_t patience_ns;
	fb_broker *client;
	fb_events *events;
	fb_reader *readers[2];
	fb_writer *writer;
};

typedef void scenario_fn(struct scene *scene);

static _Noreturn void give_up(const struct scene *scene, const char *what, int err)
{
	forked_broker_show_log(scene->broker);
	fprintf(stderr, "%s; %s: %d, %s\n", inject_where(), what, err, fb_error_text());
	fail();
	abort();
}

/* What failed is tried again once there is room. Whether it now may. */
static bool may_try_again(struct scene *scene, const char *what, int err)
{
	static const int plain[] = {ENOMEM, EMFILE, EAGAIN, EPIPE, ETIMEDOUT, ECONNREFUSED, ENOSPC, EINVAL};
	bool is_plain = false;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		is_plain |= err == -plain[i];
	if (!scene->failing || !is_plain || !fb_error_text()[0])
		give_up(scene, what, err);
	inject_end();
	scene->failing = false;
	scene->patience_ns = PATIENCE;
	return true;
}

/* done: what the next try says where the first one had done it after all; 0: that cannot be. */
#define TRY_OR(call, done)                                                                                             \
	do {                                                                                                           \
		int err_ = (call);                                                                                     \
		if (err_ < 0 && may_try_again(scene, #call, err_)) {                                                   \
			err_ = (call);                                                                                 \
			if (err_ < 0 && err_ != (done))                                                                \
				give_up(scene, "again: " #call, err_);                                                 \
		}                                                                                                      \
	} while (0)
#define TRY(call) TRY_OR(call, 0)

/* ---- steps ---- */

static int open_reader(struct scene *scene, const char *stream, int i)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	options.mode = FB_LATEST;
	return fb_reader_open(scene->client, stream, &options, &scene->readers[i]);
}

static int read_one(struct scene *scene, int i)
{
	struct fb_frame frame;
	int err = fb_reader_read(scene->readers[i], scene->patience_ns, &frame);
	if (err == 0)
		fb_frame_release(&frame);
	return err;
}

static int write_one(struct scene *scene)
{
	struct fb_slot slot;
	int err = fb_writer_claim(scene->writer, NULL, scene->patience_ns, &slot);
	if (err == 0)
		err = fb_slot_publish(&slot, NULL);
	return err;
}

static int ask_status(struct scene *scene)
{
	char *text;
	int err = fb_status(scene->client, &text);
	if (err == 0)
		free(text);
	return err;
}

static void leave(struct scene *scene)
{
	fb_events_close(&scene->events);
	for (int i = 0; i < 2; i++)
		fb_reader_close(&scene->readers[i]);
	fb_writer_close(&scene->writer);
	fb_close(&scene->client);
}

static void come(struct scene *scene)
{
	TRY(fb_connect(scene->broker->path, scene->patience_ns, &scene->client));
	TRY(fb_events_open(scene->client, &scene->events));
	TRY_OR(fb_add(scene->client, "source", "more", SOURCE), -EEXIST);
	TRY_OR(fb_add(scene->client, "sink", "out", SINK), -EEXIST);
	TRY(open_reader(scene, "more", 0));
	TRY(open_reader(scene, "drawn", 1));
	TRY(fb_writer_open(scene->client, "drawn", NULL, &scene->writer));
}

static void work(struct scene *scene)
{
	TRY(read_one(scene, 0));
	TRY(write_one(scene));
	TRY(read_one(scene, 1));
	TRY(ask_status(scene));
}

static void go(struct scene *scene)
{
	TRY_OR(fb_remove(scene->client, "sink", "out"), -ENOENT);
	TRY_OR(fb_remove(scene->client, "source", "more"), -ENOENT);
}

/* ---- scenarios ---- */

static void daily_work(struct scene *scene)
{
	come(scene);
	work(scene);
	TRY_OR(fb_add(scene->client, "stream", "new", STREAM), -EEXIST);
	TRY(fb_restart(scene->client, "source", "more"));
	TRY(fb_reload(scene->client));
	work(scene);
	TRY_OR(fb_remove(scene->client, "stream", "new"), -ENOENT);
	go(scene);
}

/* The next core is the one whose calls fail. */
static void take_over(struct scene *scene)
{
	struct forked *shared = scene->broker->shared;
	bool failing = scene->failing;
	int64_t patience_ns = scene->patience_ns;
	scene->failing = false;
	scene->patience_ns = PATIENCE;
	come(scene);
	work(scene);
	scene->failing = failing;
	scene->patience_ns = patience_ns;
	if (failing) {
		shared->inject = *scene->inject;
		shared->nth = scene->nth;
		shared->victim = shared->cores + 1;
	}
	shared->killed++;
	kill(shared->core, SIGKILL);
	work(scene);
	go(scene);
}

/* ---- what it has ---- */

static unsigned count_fds_of(pid_t pid)
{
	char path[32];
	unsigned count = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

struct belongings {
	unsigned core, keeper, own;
};

static bool has_again(const struct scene *scene, const struct belongings *before)
{
	int64_t deadline = clock_deadline(PATIENCE);
	struct belongings now;
	do {
		usleep(1000);
		now = (struct belongings){count_fds_of(scene->broker->shared->core),
					  count_fds_of(scene->broker->keeper), count_fds_of(getpid())};
	} while (memcmp(&now, before, sizeof now) != 0 && clock_left_ns(deadline) > 0);
	if (memcmp(&now, before, sizeof now) == 0)
		return true;
	fprintf(stderr, "core %u instead of %u descriptors, keeper %u instead of %u, test %u instead of %u\n", now.core,
		before->core, now.keeper, before->keeper, now.own, before->own);
	return false;
}

/* ---- every call in turn ---- */

enum victim { CORE, KEEPER, NEXT_CORE };

static struct forked_broker broker;
static struct belongings idle; /* what a broker has for which nothing runs */

static void start(void)
{
	forked_broker_create(&broker, config);
	if (!forked_broker_start(&broker)) {
		forked_broker_show_log(&broker);
		fail_msg("it does not serve");
	}
}

static void end(void)
{
	if (!forked_broker_end(&broker)) {
		forked_broker_show_log(&broker);
		fail_msg("%s: %u cores, of which %u ended well, %u gave up and %u were killed", inject_where(),
			 broker.shared->cores, broker.shared->ended, broker.shared->gave_up, broker.shared->killed);
	}
	forked_broker_destroy(&broker);
}

/* Once without a fault, for what there is afterwards: when workers and clients are gone. */
static void measure(scenario_fn *scenario)
{
	struct scene scene = {.broker = &broker, .patience_ns = PATIENCE};
	unsigned before;
	idle.own = count_fds_of(getpid());
	scenario(&scene);
	leave(&scene);
	do {
		before = idle.core + idle.keeper;
		usleep(200000);
		idle.core = count_fds_of(broker.shared->core);
		idle.keeper = count_fds_of(broker.keeper);
	} while (idle.core + idle.keeper != before);
}

/* Whether a call failed in it. */
static bool run(scenario_fn *scenario, const struct inject *inject, unsigned nth, enum victim victim)
{
	struct scene scene = {.broker = &broker, .inject = inject, .nth = nth, .failing = true, .patience_ns = SOON};
	if (victim != NEXT_CORE)
		inject_begin(inject, victim == CORE ? broker.shared->core : broker.keeper, nth);
	scenario(&scene);
	bool failed = inject_end();
	leave(&scene);
	if (!has_again(&scene, &idle))
		give_up(&scene, "something is left", 0);
	if (inject->kind == INJECT_DESCRIPTORS && broker.shared->gave_up > 0)
		give_up(&scene, "a core has given up for want of descriptors", 0);
	if (broker.shared->cores > 1) { /* the keeper takes its time with cores that die again and again */
		end();
		start();
	}
	return failed;
}

/* Calls for memory are many: one in so many is tried. */
static unsigned step_of(const struct inject *inject)
{
	const char *step = getenv("FAILURE_STEP");
	return inject->kind == INJECT_DESCRIPTORS ? (step ? 1 : 5) : step ? (unsigned)atoi(step) : 3989;
}

static void run_all(scenario_fn *scenario, enum victim victim)
{
	start();
	measure(scenario);
	for (size_t i = 0; i < sizeof inject_all / sizeof *inject_all; i++) {
		unsigned nth = 1, runs = 0;
		for (; nth < CALLS_MAX && run(scenario, &inject_all[i], nth, victim); nth += step_of(&inject_all[i]))
			runs++;
		printf("%s, %s: %u of %u calls\n", inject_all[i].kind == INJECT_MEMORY ? "memory" : "descriptors",
		       inject_all[i].lasting ? "lasting" : "once", runs, nth - 1);
		assert_true(nth > 1 && nth < CALLS_MAX);
	}
	end();
}

static void test_core(void **state)
{
	(void)state;
	run_all(daily_work, CORE);
}

static void test_keeper(void **state)
{
	(void)state;
	run_all(daily_work, KEEPER);
}

static void test_taking_over(void **state)
{
	(void)state;
	run_all(take_over, NEXT_CORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_core), cmocka_unit_test(test_keeper),
					   cmocka_unit_test(test_taking_over)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
