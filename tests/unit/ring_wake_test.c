/* ring_wake_test.c: sleeping and being woken, with threads. A lost wake-up costs 50 to 100 ms here, so a test that
 * loses them runs into its time-out. */
#include "base/clock.h"
#include "ring/reader.h"
#include "ring/wake.h"
#include "ring/writer.h"
#include "support/ring_fixture.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES 20000

static struct ring_fixture fixture;
static struct ring_writer *writer;
static struct ring_reader *reader;
static _Atomic bool read_done;

static void begin(unsigned slots, enum fb_mode mode)
{
	struct ring_layout layout = ring_fixture_layout(slots, 1);
	ring_fixture_create(&fixture, &layout);
	writer = ring_fixture_writer(&fixture);
	ring_fixture_place(&fixture, 0, mode, 1);
	reader = ring_fixture_reader(&fixture, 0, 0);
}

static int end(void **state)
{
	(void)state;
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	ring_fixture_destroy(&fixture);
	return 0;
}

static void *publish_frames(void *unused)
{
	(void)unused;
	struct ring_meta meta = {0};
	unsigned slot = 0;
	uint64_t seq = 0;
	while (seq < FRAMES && ring_writer_claim(writer, DEADLINE_NEVER, &slot) == 0)
		ring_writer_publish(writer, slot, &meta, NULL, false, &seq);
	ring_writer_finish(writer);
	return NULL;
}

/* Two slots, so that each side waits for the other at every frame. */
static void test_writer_and_reader_in_turns(void **state)
{
	(void)state;
	begin(2, FB_LOSSLESS);
	pthread_t thread;
	pthread_create(&thread, NULL, publish_frames, NULL);
	struct ring_frame frame;
	for (uint64_t seq = 1; seq <= FRAMES; seq++) {
		assert_int_equal(ring_reader_next(reader, DEADLINE_NEVER, &frame), 0);
		assert_int_equal(frame.seq, seq);
		ring_reader_unhold(reader, frame.slot);
	}
	assert_int_equal(ring_reader_next(reader, DEADLINE_NEVER, &frame), -ENODATA);
	pthread_join(thread, NULL);
}

static void *read_one(void *ret_result)
{
	struct ring_frame frame;
	*(int *)ret_result = ring_reader_next(reader, DEADLINE_NEVER, &frame);
	atomic_store(&read_done, true);
	return NULL;
}

/* Changes something once the reader has begun to wait or is about to, and returns what its read ends with. */
static int read_while(void (*change)(void))
{
	pthread_t thread;
	int result = 0;
	atomic_store(&read_done, false);
	pthread_create(&thread, NULL, read_one, &result);
	sched_yield();
	change();
	pthread_join(thread, NULL);
	return result;
}

static void finish(void)
{
	ring_writer_finish(writer);
}

static void test_finish_wakes(void **state)
{
	(void)state;
	begin(2, FB_LATEST);
	assert_int_equal(read_while(finish), -ENODATA);
}

static void change_state_until_seen(void)
{
	/* A change before the read began is none, so go on changing: the reader's first look may come late. */
	for (uint32_t i = 1; !atomic_load(&read_done); i++) {
		atomic_store(&fixture.roster->state, i % 2 ? FB_LOST : FB_LIVE);
		ring_wake_all(&fixture.control->wake);
		nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
	}
}

static void test_change_of_state_is_told(void **state)
{
	(void)state;
	begin(2, FB_ORDERED);
	assert_int_equal(read_while(change_state_until_seen), -EAGAIN);
}

static void test_next_generation_is_told(void **state)
{
	(void)state;
	begin(2, FB_ORDERED);
	struct ring_frame frame;
	assert_int_equal(ring_fixture_publish(writer), 1);
	atomic_store(&fixture.roster->final, 1);
	atomic_store(&fixture.roster->newest, 2);
	assert_true(ring_reader_ready(reader));
	assert_int_equal(ring_reader_next(reader, DEADLINE_NEVER, &frame), 0);
	ring_reader_unhold(reader, frame.slot);
	assert_true(ring_reader_ready(reader));
	assert_int_equal(ring_reader_next(reader, DEADLINE_NEVER, &frame), -ENODATA);
}

static void test_wait_ends_by_itself(void **state)
{
	(void)state;
	_Atomic uint32_t word = 1;
	ring_wake_wait(&word, 0, DEADLINE_NEVER); /* it is not 0 any more */
	ring_wake_wait(&word, 1, clock_deadline(NS_PER_MS));
	ring_wake_wait(&word, 1, DEADLINE_NEVER); /* one slice */
	assert_int_equal(word, 1);
}

static void test_room_is_posted(void **state)
{
	(void)state;
	struct ring_room room = {0};
	ring_room_post(&room);
	assert_int_equal(ring_room_posts(&room), 1);
	ring_room_wait(&room, 0, DEADLINE_NEVER); /* posted since */
	ring_room_wait(&room, 1, clock_deadline(NS_PER_MS));
	ring_room_wait(&room, 1, DEADLINE_NEVER); /* one slice */
	assert_int_equal(ring_room_posts(&room), 1);
}

/* Room and wake are any reader's or writer's to write: no word makes a wait or a post fail. */
static void test_any_words(void **state)
{
	(void)state;
	uint8_t page[sizeof(struct ring_room) + 64];
	struct ring_room *room = (struct ring_room *)page;
	for (unsigned byte = 0; byte < 256; byte++) {
		memset(page, (int)byte, sizeof page);
		ring_room_wait(room, ring_room_posts(room), clock_deadline(1000));
		ring_room_post(room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_writer_and_reader_in_turns, end),
		cmocka_unit_test_teardown(test_finish_wakes, end),
		cmocka_unit_test_teardown(test_change_of_state_is_told, end),
		cmocka_unit_test_teardown(test_next_generation_is_told, end),
		cmocka_unit_test(test_wait_ends_by_itself),
		cmocka_unit_test(test_room_is_posted),
		cmocka_unit_test(test_any_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
