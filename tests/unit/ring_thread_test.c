/* ring_thread_test.c: several threads on one writer and on one reader. Best run under the thread sanitizer too. */
#include "base/clock.h"
#include "ring/reader.h"
#include "ring/writer.h"
#include "support/ring_fixture.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define FRAMES 3000

static struct ring_fixture fixture;
static struct ring_writer *writer;
static struct ring_reader *reader;
static int given[2]; /* a pipe of frames that are held and to be let go */

static int begin(void **state)
{
	(void)state;
	struct ring_layout layout = ring_fixture_layout(8, 1);
	ring_fixture_create(&fixture, &layout);
	writer = ring_fixture_writer(&fixture);
	ring_fixture_place(&fixture, 0, FB_LOSSLESS, 6);
	reader = ring_fixture_reader(&fixture, 0, 0);
	return pipe(given);
}

static int end(void **state)
{
	(void)state;
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	ring_fixture_destroy(&fixture);
	close(given[0]);
	return 0;
}

static void *check_and_let_go(void *unused)
{
	(void)unused;
	struct ring_frame frame;
	uintptr_t bad = 0;
	while (read(given[0], &frame, sizeof frame) == sizeof frame) {
		bad += !ring_fixture_intact(reader, &frame);
		ring_reader_unhold(reader, frame.slot);
	}
	return (void *)bad;
}

static void *publish_all(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < FRAMES; i++)
		ring_fixture_publish_until(writer, DEADLINE_NEVER);
	ring_writer_finish(writer);
	return NULL;
}

static void *pump(void *unused)
{
	(void)unused;
	while (ring_reader_position(reader) <= FRAMES && ring_reader_missed(reader) == 0)
		ring_reader_wait_ready(reader, clock_deadline(NS_PER_MS));
	return NULL;
}

/* One thread reads, two let go, one waits for more, as the public reader and its descriptor do. */
static void test_frames_are_let_go_by_other_threads(void **state)
{
	(void)state;
	pthread_t publisher, waiter, helpers[2];
	pthread_create(&publisher, NULL, publish_all, NULL);
	pthread_create(&waiter, NULL, pump, NULL);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&helpers[i], NULL, check_and_let_go, NULL);
	uint64_t expected = 1;
	for (;;) {
		struct ring_frame frame;
		int r = ring_reader_next(reader, DEADLINE_NEVER, &frame);
		if (r == -ENODATA)
			break;
		if (r == -ENOBUFS) {
			sched_yield(); /* the helpers have them all */
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(frame.seq, expected++);
		assert_int_equal(write(given[1], &frame, sizeof frame), sizeof frame);
	}
	assert_int_equal(expected, FRAMES + 1);
	close(given[1]);
	for (unsigned i = 0; i < 2; i++) {
		void *bad = NULL;
		pthread_join(helpers[i], &bad);
		assert_null(bad);
	}
	pthread_join(publisher, NULL);
	pthread_join(waiter, NULL);
	for (unsigned i = 0; i < LIMIT_HELD; i++)
		assert_int_equal(atomic_load(&fixture.page[0]->holds[i]), 0);
}

static void *claim_and_publish(void *unused)
{
	(void)unused;
	struct ring_meta meta = {0};
	for (unsigned i = 0; i < FRAMES; i++) {
		unsigned slot = 0;
		uint64_t seq = 0;
		if (ring_writer_claim(writer, DEADLINE_NEVER, &slot) < 0)
			return "claim failed";
		if (i % 5 == 0) {
			ring_writer_cancel(writer, slot);
			continue;
		}
		if (ring_writer_publish(writer, slot, &meta, NULL, i % 3 == 0, &seq) < 0)
			return "publish failed";
		if (i % 3 == 0)
			ring_writer_unpin(writer, slot);
	}
	return NULL;
}

/* As a decoder with several threads does. */
static void test_threads_of_one_writer(void **state)
{
	(void)state;
	pthread_t threads[3];
	close(given[1]);
	for (unsigned i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, claim_and_publish, NULL);
	const uint64_t all = 3 * (FRAMES - FRAMES / 5);
	for (uint64_t seq = 1; seq <= all; seq++) {
		struct ring_frame frame;
		assert_int_equal(ring_reader_next(reader, DEADLINE_NEVER, &frame), 0);
		assert_int_equal(frame.seq, seq);
		ring_reader_unhold(reader, frame.slot);
	}
	for (unsigned i = 0; i < 3; i++) {
		void *failure = NULL;
		pthread_join(threads[i], &failure);
		assert_null(failure);
	}
	assert_int_equal(atomic_load(&fixture.control->head), all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_frames_are_let_go_by_other_threads, begin, end),
		cmocka_unit_test_setup_teardown(test_threads_of_one_writer, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
