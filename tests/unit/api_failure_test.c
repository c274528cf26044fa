/* Programs that run out of memory or descriptors: whatever call of the library fails, it says so, the next try works,
 * with the same reader or writer, and nothing is left behind. */
#include "support/control_fixture.h"
#include "support/inject.h"
#include "unit/control_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define POOL "{pixel_format: gray, width: 64, height: 16, depth: 4, spare: 4, max_writers: 2}"
#define CALLS_MAX 3000 /* more calls than any scenario makes */

/* What a scenario has open; closed in any case. */
struct scene {
	const char *address;
	unsigned nth; /* the call that fails; 0: none */
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
static bool may_try_again(const struct scene *scene, int err)
{
	if (!scene->nth || !inject_end())
		return false;
	if ((err != -ENOMEM && err != -EMFILE && err != -EAGAIN) || !fb_error_text()[0])
		fail_msg("%u, %s: error %d, %s", scene->nth, inject_where(), err, fb_error_text());
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

static int wait_in_vain(struct scene *scene) /* nobody writes it */
{
	struct fb_stream_info info;
	int err = fb_wait(scene->broker, "shown", 0, &info);
	return err == -ETIMEDOUT ? 0 : err;
}

static int connect_and_ask(struct scene *scene)
{
	TRY(fb_connect(scene->address, PATIENCE, &scene->broker));
	TRY(fb_events_open(scene->broker, &scene->events));
	TRY(fb_add(scene->broker, "source", "more", "{url: none}"));
	TRY(fb_status(scene->broker, &scene->text));
	TRY(wait_in_vain(scene));
	return 0;
}

static int publish_one(struct scene *scene)
{
	TRY(fb_writer_claim(scene->writers[0], NULL, PATIENCE, &scene->slot));
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
	TRY(fb_connect(scene->address, PATIENCE, &scene->broker));
	TRY(open_reader_of(scene, "shown", FB_ORDERED, NULL, 0));
	TRY(fb_writer_open(scene->broker, "shown", NULL, &scene->writers[0]));
	TRY(open_reader_of(scene, "shown", FB_LOSSLESS, NULL, 1));
	for (int i = 0; i < 3; i++)
		TRY(publish_one(scene));
	TRY(fb_reader_read(scene->readers[0], PATIENCE, &scene->frames[0]));
	TRY(fb_reader_read_batch(scene->readers[1], 2, PATIENCE, &scene->frames[1], &count));
	TRY(fb_reader_at(scene->readers[1], 1000, PATIENCE, &scene->frames[3]));
	TRY(fb_reader_fd(scene->readers[0]));
	TRY(fb_writer_end(scene->writers[0]));
	return 0;
}

static int work_in_a_pool(struct scene *scene)
{
	TRY(fb_connect(scene->address, PATIENCE, &scene->broker));
	TRY(open_reader_of(scene, "shown", FB_LOSSLESS, "g", 0));
	TRY(fb_writer_open(scene->broker, "shown", NULL, &scene->writers[0]));
	TRY(fb_writer_open(scene->broker, "pool", POOL, &scene->writers[1]));
	TRY(open_reader_of(scene, "pool", FB_ORDERED, NULL, 1));
	TRY(publish_one(scene));
	TRY(fb_reader_read(scene->readers[0], PATIENCE, &scene->frames[0]));
	TRY(fb_writer_claim(scene->writers[1], &scene->frames[0], PATIENCE, &scene->slot));
	TRY(fb_slot_hold(&scene->slot, &scene->frames[1]));
	TRY(fb_slot_publish(&scene->slot, NULL));
	TRY(fb_reader_read(scene->readers[1], PATIENCE, &scene->frames[2]));
	return 0;
}

/* ---- every call that can fail, in turn ---- */

/* One run. Whether a call failed in it. */
static bool run_with(const struct inject *inject, unsigned nth, scenario_fn *scenario,
		     const struct control_fixture *fixture)
{
	struct scene scene = {.address = fixture->path, .nth = nth};
	int fds = count_fds(), maps = count_ring_maps();
	if (nth)
		inject_begin(inject, getpid(), nth);
	int err = scenario(&scene);
	bool failed = nth && inject_end();
	if (err < 0)
		fail_msg("%u, %s, and again: error %d, %s", nth, failed ? inject_where() : "none", err,
			 fb_error_text());
	leave(&scene);
	if (count_fds() != fds || count_ring_maps() != maps)
		fail_msg("%u, %s: %d descriptors and %d mappings were left", nth, failed ? inject_where() : "none",
			 count_fds() - fds, count_ring_maps() - maps);
	return failed;
}

static void run_all(scenario_fn *scenario, const struct control_fixture *fixture)
{
	for (size_t i = 0; i < sizeof inject_all / sizeof *inject_all; i++) {
		unsigned nth = 1;
		while (nth < CALLS_MAX && run_with(&inject_all[i], nth, scenario, fixture))
			nth++;
		assert_true(nth > 1 && nth < CALLS_MAX);
	}
	run_with(NULL, 0, scenario, fixture);
}

static void test_connecting(void **state)
{
	run_all(connect_and_ask, *state);
}

static void test_writing_and_reading(void **state)
{
	run_all(write_and_read, *state);
}

static void test_pools(void **state)
{
	run_all(work_in_a_pool, *state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)
	const struct CMUnitTest tests[] = {TEST(test_connecting), TEST(test_writing_and_reading), TEST(test_pools)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
