/* A program, or the broker's core, that runs out of memory or descriptors: whatever call fails, the program is told so,
 * the next try works, with the same reader or writer, and nothing is left behind. */
#include "base/clock.h"
#include "support/control_fixture.h"
#include "support/inject.h"
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CALLS_MAX 3000 /* more calls than any scenario makes */

/* What a scenario has open; closed in any case. */
struct scene {
	const struct control_fixture *fixture;
	pid_t victim;
	int64_t patience_ns;
	unsigned nth; /* the victim's call that fails; 0: none */
	fb_broker *broker;
	fb_reader *readers[2];
	fb_writer *writers[2];
	fb_events *events;
	struct fb_frame frames[4];
	struct fb_slot slot;
	char *text;
};

typedef int scenario_fn(struct scene *scene);

static void leave(struct scene *scene)
{
	for (int i = 0; i < 4; i++)
		fb_frame_release(&scene->frames[i]);
	fb_slot_cancel(&scene->slot);
	for (int i = 0; i < 2; i++) {
		fb_reader_close(&scene->readers[i]);
		fb_writer_close(&scene->writers[i]);
	}
	fb_events_close(&scene->events);
	free(scene->text);
	fb_close(&scene->broker);
}

/* What failed, once there is room again, is tried again. */
static bool may_try_again(struct scene *scene, int err)
{
	if (!scene->nth || !inject_end())
		return false;
	bool plain = err == -ENOMEM || err == -EMFILE || err == -EAGAIN;
	bool cut = scene->victim != getpid() && (err == -EPIPE || err == -ETIMEDOUT); /* nobody can answer */
	if ((!plain && !cut) || !fb_error_text()[0])
		fail_msg("%u, %s: error %d, %s", scene->nth, inject_where(), err, fb_error_text());
	scene->patience_ns = PATIENCE;
	return true;
}

/* ---- scenarios ---- */

#define TRY(call)                                                                                                      \
	do {                                                                                                           \
		int err_ = (call);                                                                                     \
		if (err_ < 0 && may_try_again(scene, err_))                                                            \
			err_ = (call);                                                                                 \
		if (err_ < 0)                                                                                          \
			return err_;                                                                                   \
	} while (0)

/* A status is all of it, or none. */
static void check_status(const char *json)
{
	static unsigned expected;
	unsigned quotes = 0;
	for (const char *at = json; *at; at++)
		quotes += *at == '"';
	if (expected == 0) /* the first one, where nothing failed */
		expected = quotes;
	if (quotes != expected)
		fail_msg("%s: not all is in %s", inject_where(), json);
}

static int connect_and_ask(struct scene *scene)
{
	TRY(fb_connect(scene->fixture->path, scene->patience_ns, &scene->broker));
	TRY(fb_events_open(scene->broker, &scene->events));
	TRY(fb_add(scene->broker, "source", "more", "{url: none}"));
	TRY(fb_status(scene->broker, &scene->text));
	check_status(scene->text);
	return 0;
}

static int publish_one(struct scene *scene)
{
	TRY(fb_writer_claim(scene->writers[0], NULL, scene->patience_ns, &scene->slot));
	memset(scene->slot.data[0], 1, 16 * (size_t)scene->slot.linesize[0]);
	memcpy(scene->slot.metadata, "abc", 3);
	scene->slot.metadata_size = 3;
	scene->slot.pts_ns = 1000;
	TRY(fb_slot_publish(&scene->slot, NULL));
	return 0;
}

static int open_reader_of(struct scene *scene, const char *stream, enum fb_mode mode, const char *group, int i)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	options.mode = mode;
	options.group = group;
	options.max_held = 4;
	return fb_reader_open(scene->broker, stream, &options, &scene->readers[i]);
}

static int write_and_read(struct scene *scene)
{
	uint32_t count;
	TRY(fb_connect(scene->fixture->path, scene->patience_ns, &scene->broker));
	TRY(open_reader_of(scene, "shown", FB_ORDERED, NULL, 0));
	TRY(fb_writer_open(scene->broker, "shown", NULL, &scene->writers[0]));
	TRY(open_reader_of(scene, "shown", FB_LOSSLESS, NULL, 1));
	for (int i = 0; i < 3; i++)
		TRY(publish_one(scene));
	TRY(fb_reader_read(scene->readers[0], scene->patience_ns, &scene->frames[0]));
	TRY(fb_reader_read_batch(scene->readers[1], 2, scene->patience_ns, &scene->frames[1], &count));
	TRY(fb_reader_at(scene->readers[1], 1000, scene->patience_ns, &scene->frames[3]));
	TRY(fb_writer_end(scene->writers[0]));
	return 0;
}

static int wait_in_vain(struct scene *scene) /* nobody writes it */
{
	struct fb_stream_info info;
	int err = fb_wait(scene->broker, "shown", 0, &info);
	return err == -ETIMEDOUT ? 0 : err;
}

static int wait_on_a_descriptor(struct scene *scene)
{
	TRY(fb_connect(scene->fixture->path, scene->patience_ns, &scene->broker));
	TRY(open_reader_of(scene, "shown", FB_LATEST, NULL, 0));
	TRY(fb_reader_fd(scene->readers[0]));
	TRY(wait_in_vain(scene));
	return 0;
}

static int work_in_a_pool(struct scene *scene)
{
	TRY(fb_connect(scene->fixture->path, scene->patience_ns, &scene->broker));
	TRY(open_reader_of(scene, "shown", FB_LOSSLESS, "g", 0));
	TRY(fb_writer_open(scene->broker, "shown", NULL, &scene->writers[0]));
	TRY(fb_writer_open(scene->broker, "many", NULL, &scene->writers[1]));
	TRY(open_reader_of(scene, "many", FB_ORDERED, NULL, 1));
	TRY(publish_one(scene));
	TRY(fb_reader_read(scene->readers[0], scene->patience_ns, &scene->frames[0]));
	TRY(fb_writer_claim(scene->writers[1], &scene->frames[0], scene->patience_ns, &scene->slot));
	TRY(fb_slot_hold(&scene->slot, &scene->frames[1]));
	TRY(fb_slot_publish(&scene->slot, NULL));
	TRY(fb_reader_read(scene->readers[1], scene->patience_ns, &scene->frames[2]));
	return 0;
}

/* ---- every call that can fail, in turn ---- */

static unsigned count_fds_of(pid_t pid)
{
	char path[32];
	unsigned count = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *dir = opendir(path);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* A core lets go of what a program had when it sees that it is gone. */
static bool has_fds_again(pid_t pid, unsigned count)
{
	int64_t deadline = clock_deadline(PATIENCE);
	while (count_fds_of(pid) != count && clock_left_ns(deadline) > 0)
		usleep(1000);
	return count_fds_of(pid) == count;
}

/* One run. Whether a call failed in it. */
static bool run_with(const struct inject *inject, unsigned nth, scenario_fn *scenario, pid_t victim,
		     const struct control_fixture *fixture)
{
	struct scene scene = {
		.fixture = fixture, .victim = victim, .patience_ns = nth ? SECOND / 4 : PATIENCE, .nth = nth};
	unsigned fds = count_fds_of(getpid()), fds_of_server = count_fds_of(fixture->pid);
	int maps = count_ring_maps();
	if (nth)
		inject_begin(inject, victim, nth);
	int err = scenario(&scene);
	bool failed = nth && inject_end();
	const char *where = failed ? inject_where() : "none";
	if (err < 0)
		fail_msg("%u, %s, and again: error %d, %s", nth, where, err, fb_error_text());
	leave(&scene);
	if (count_fds_of(getpid()) != fds || count_ring_maps() != maps)
		fail_msg("%u, %s: %u descriptors instead of %u, %d mappings instead of %d", nth, where,
			 count_fds_of(getpid()), fds, count_ring_maps(), maps);
	if (!has_fds_again(fixture->pid, fds_of_server))
		fail_msg("%u, %s: the server has %u descriptors instead of %u", nth, where, count_fds_of(fixture->pid),
			 fds_of_server);
	return failed;
}

static void run_all(scenario_fn *scenario, bool at_core, const struct control_fixture *fixture)
{
	run_with(NULL, 0, scenario, 0, fixture);
	for (size_t i = 0; i < sizeof inject_all / sizeof *inject_all; i++) {
		unsigned nth = 1;
		while (nth < CALLS_MAX &&
		       run_with(&inject_all[i], nth, scenario, at_core ? fixture->pid : getpid(), fixture))
			nth++;
		assert_true(nth > 1 && nth < CALLS_MAX);
	}
}

/* ---- the program ---- */

static void test_connecting(void **state)
{
	run_all(connect_and_ask, false, *state);
}

static void test_writing_and_reading(void **state)
{
	run_all(write_and_read, false, *state);
}

static void test_descriptors(void **state)
{
	run_all(wait_on_a_descriptor, false, *state);
}

static void test_pools(void **state)
{
	run_all(work_in_a_pool, false, *state);
}

/* ---- the core ---- */

static void test_connecting_at_the_core(void **state)
{
	run_all(connect_and_ask, true, *state);
}

static void test_writing_and_reading_at_the_core(void **state)
{
	run_all(write_and_read, true, *state);
}

static void test_pools_at_the_core(void **state)
{
	run_all(work_in_a_pool, true, *state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_connecting),
		TEST(test_writing_and_reading),
		TEST(test_descriptors),
		TEST(test_pools),
		TEST(test_connecting_at_the_core),
		TEST(test_writing_and_reading_at_the_core),
		TEST(test_pools_at_the_core),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
