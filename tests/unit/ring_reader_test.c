/* ring_reader_test.c: reading in the three modes, one thread, nobody waits. */
#include "ring/hold.h"
#include "ring/reader.h"
#include "ring/writer.h"
#include "ring_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void begin(unsigned slots, unsigned readers)
{
	struct ring_layout layout = ring_fixture_layout(slots, readers);
	ring_begin(&layout);
}

/* Reads frame seq, which says that `missed` frames were not given before it. It stays held. */
static struct ring_frame expect(struct ring_reader *reader, uint64_t seq, uint64_t missed)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	assert_int_equal(frame.seq, seq);
	assert_int_equal(frame.missed, missed);
	assert_true(ring_fixture_intact(reader, &frame));
	return frame;
}

static void expect_and_let_go(struct ring_reader *reader, uint64_t seq, uint64_t missed)
{
	struct ring_frame frame = expect(reader, seq, missed);
	ring_reader_unhold(reader, frame.slot);
}

static void expect_nothing(struct ring_reader *reader, int error)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(reader, 0, &frame), error);
}

static void test_latest_is_never_the_same_twice(void **state)
{
	(void)state;
	begin(4, 1);
	struct ring_reader *reader = reader_open(0, FB_LATEST, 2);
	expect_nothing(reader, -ETIMEDOUT);
	publish(1);
	expect_and_let_go(reader, 1, 0);
	expect_nothing(reader, -ETIMEDOUT);
	publish(10);
	expect_and_let_go(reader, 11, 9);
	expect_nothing(reader, -ETIMEDOUT);
	assert_int_equal(ring_reader_missed(reader), 9);
	assert_int_equal(ring_reader_position(reader), 12);
	ring_reader_unref(reader);
}

static void test_late_reader_begins_with_newest(void **state)
{
	(void)state;
	begin(4, 2);
	publish(7);
	struct ring_reader *latest = reader_open(0, FB_LATEST, 2);
	struct ring_reader *ordered = reader_open(1, FB_ORDERED, 2);
	expect_and_let_go(latest, 7, 0);
	expect_and_let_go(ordered, 7, 0);
	assert_int_equal(ring_reader_missed(ordered), 0);
	ring_reader_unref(latest);
	ring_reader_unref(ordered);
}

static void test_ordered_misses_exactly(void **state)
{
	(void)state;
	begin(5, 1);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 1);
	publish(3);
	expect_and_let_go(reader, 1, 0);
	expect_and_let_go(reader, 2, 0);
	publish(9); /* 12 in all: slots for 8 to 12 */
	expect_and_let_go(reader, 8, 5);
	expect_and_let_go(reader, 9, 0);
	publish(100);
	expect_and_let_go(reader, 108, 98);
	assert_int_equal(ring_reader_missed(reader), 103);
	ring_reader_unref(reader);
}

static void test_lossless_stops_the_writer(void **state)
{
	(void)state;
	begin(4, 1);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 1);
	publish(4);
	assert_int_equal(ring_fixture_publish(writer), -ETIMEDOUT);
	for (uint64_t seq = 1; seq <= 50; seq++) {
		expect_and_let_go(reader, seq, 0);
		publish(1);
		assert_int_equal(ring_fixture_publish(writer), -ETIMEDOUT);
	}
	assert_int_equal(ring_reader_missed(reader), 0);
	ring_reader_detach(reader);
	publish(20);
	ring_reader_unref(reader);
}

static void test_lossless_begins_at_preset_gate(void **state)
{
	(void)state;
	begin(4, 1);
	ring_fixture_place(&fixture, 0, FB_LOSSLESS, 1);
	atomic_store(&fixture.page[0]->cursor, 1); /* as the core does for a place older than the generation */
	publish(4);
	assert_int_equal(ring_fixture_publish(writer), -ETIMEDOUT);
	struct ring_reader *reader = ring_fixture_reader(&fixture, 0, 0);
	for (uint64_t seq = 1; seq <= 4; seq++)
		expect_and_let_go(reader, seq, 0);
	ring_reader_unref(reader);
}

static void test_held_frames_stay_intact_while_the_writer_laps(void **state)
{
	(void)state;
	begin(4, 1);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 2);
	publish(2);
	struct ring_frame one = expect(reader, 1, 0);
	struct ring_frame two = expect(reader, 2, 0);
	publish(100);
	assert_true(ring_fixture_intact(reader, &one));
	assert_true(ring_fixture_intact(reader, &two));
	ring_reader_unhold(reader, one.slot);
	publish(100);
	assert_true(ring_fixture_intact(reader, &two));
	ring_reader_unhold(reader, two.slot);
	publish(100);
	assert_false(ring_fixture_intact(reader, &two)); /* the slot is in use again */
	ring_reader_unref(reader);
}

static void test_no_more_than_max_held(void **state)
{
	(void)state;
	begin(6, 1);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 2);
	publish(3);
	struct ring_frame one = expect(reader, 1, 0);
	struct ring_frame two = expect(reader, 2, 0);
	expect_nothing(reader, -ENOBUFS);
	ring_reader_unhold(reader, one.slot);
	struct ring_frame three = expect(reader, 3, 0);
	expect_nothing(reader, -ENOBUFS); /* told at once, not when the next frame comes */
	ring_reader_unhold(reader, three.slot);
	expect_nothing(reader, -ETIMEDOUT);
	ring_reader_unhold(reader, two.slot);
	ring_reader_unref(reader);
}

static void test_finish_is_drained(void **state)
{
	(void)state;
	begin(6, 2);
	struct ring_reader *ordered = reader_open(0, FB_ORDERED, 2);
	struct ring_reader *latest = reader_open(1, FB_LATEST, 2);
	publish(3);
	ring_writer_finish(writer);
	ring_writer_finish(writer);
	assert_int_equal(ring_fixture_publish(writer), -EPIPE);
	for (uint64_t seq = 1; seq <= 3; seq++)
		expect_and_let_go(ordered, seq, 0);
	expect_nothing(ordered, -ENODATA);
	expect_nothing(ordered, -ENODATA);
	expect_and_let_go(latest, 3, 2);
	expect_nothing(latest, -ENODATA);
	ring_reader_unref(ordered);
	ring_reader_unref(latest);
}

static void test_dead_writers_end_is_the_cores(void **state)
{
	(void)state;
	begin(6, 1);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 2);
	publish(3);
	atomic_store(&fixture.roster->final, 2);
	assert_int_equal(ring_map_final(ring_reader_map(reader)), 2);
	expect_and_let_go(reader, 1, 0);
	expect_and_let_go(reader, 2, 0);
	expect_nothing(reader, -ENODATA);
	assert_int_equal(ring_fixture_publish(writer), -EPIPE);
	ring_reader_unref(reader);
}

/* What a writer publishes that the core has cut off, and that a reader finds before it sees that. */
static void test_no_frame_beyond_the_end_is_held(void **state)
{
	(void)state;
	struct ring_frame frame;
	begin(6, 1);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 2);
	publish(3);
	atomic_store(&fixture.roster->final, 2);
	assert_int_equal(hold_take(reader, 3, &frame), HOLD_OVER);
	assert_int_equal(hold_take(reader, 2, &frame), HOLD_OK);
	ring_reader_unhold(reader, frame.slot);
	ring_reader_unref(reader);
}

/* The index has a frame's slot for long after it has gone, and the slot may be held for another by then. */
static void test_a_held_slot_is_not_held_for_a_frame_before(void **state)
{
	(void)state;
	struct ring_frame frame;
	begin(3, 1);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 2);
	publish(4);
	uint64_t seq = 4;
	while (ring_index_slot(atomic_load(&ring_writer_map(writer)->index[seq])) !=
	       ring_index_slot(atomic_load(&ring_writer_map(writer)->index[1])))
		seq--;
	assert_true(seq > 1);
	assert_int_equal(hold_take(reader, seq, &frame), HOLD_OK);
	assert_int_equal(hold_take(reader, 1, &frame), HOLD_LAPPED);
	ring_reader_unhold(reader, frame.slot);
	ring_reader_unref(reader);
}

/* A writer that died while it was deciding about a frame: nobody decides any more, so nobody waits for that. */
static void test_dead_writers_undecided_frame_is_missed(void **state)
{
	(void)state;
	begin(6, 2);
	struct ring_reader *ordered = reader_open(0, FB_ORDERED, 2);
	struct ring_reader *lossless = reader_open(1, FB_LOSSLESS, 2);
	publish(2);
	unsigned slot = ring_index_slot(atomic_load(&ring_writer_map(writer)->index[1]));
	atomic_store(&ring_writer_map(writer)->state[slot], ring_state(RING_TRY, 0, 1));
	expect_nothing(lossless, -ETIMEDOUT);
	atomic_store(&fixture.roster->final, 2);
	expect_and_let_go(lossless, 2, 1);
	expect_and_let_go(ordered, 2, 1);
	ring_reader_unref(ordered);
	ring_reader_unref(lossless);
}

static void test_next_generation_goes_on(void **state)
{
	(void)state;
	struct ring_layout layout = ring_fixture_layout(4, 4);
	layout.first = 101;
	ring_fixture_create(&fixture, &layout);
	for (unsigned i = 0; i < 4; i++)
		ring_fixture_place(&fixture, i, i < 2 ? FB_LOSSLESS : i == 2 ? FB_ORDERED : FB_LATEST, 2);
	atomic_store(&fixture.page[0]->cursor, 101);
	atomic_store(&fixture.page[1]->cursor, 101);
	writer = ring_fixture_writer(&fixture);
	publish(2);
	struct ring_reader *in_step = ring_fixture_reader(&fixture, 0, 101);
	struct ring_reader *behind = ring_fixture_reader(&fixture, 1, 91); /* ten frames of a skipped generation */
	struct ring_reader *ordered = ring_fixture_reader(&fixture, 2, 99);
	struct ring_reader *latest = ring_fixture_reader(&fixture, 3, 101);
	expect_and_let_go(in_step, 101, 0);
	expect_and_let_go(behind, 101, 10);
	expect_and_let_go(behind, 102, 0);
	assert_int_equal(ring_reader_missed(behind), 10);
	expect_and_let_go(ordered, 101, 2);
	expect_and_let_go(latest, 102, 1);
	ring_reader_unref(in_step);
	ring_reader_unref(behind);
	ring_reader_unref(ordered);
	ring_reader_unref(latest);
}

static void test_batch_of_newest(void **state)
{
	(void)state;
	begin(6, 1);
	struct ring_reader *reader = reader_open(0, FB_LATEST, 3);
	struct ring_frame frames[4];
	unsigned count = 0;
	publish(2);
	assert_int_equal(ring_reader_newest(reader, 3, 0, frames, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(frames[0].seq, 1);
	assert_int_equal(frames[1].seq, 2);
	assert_int_equal(ring_reader_newest(reader, 3, 0, frames, &count), -ETIMEDOUT);
	publish(1);
	struct ring_frame again[3];
	assert_int_equal(ring_reader_newest(reader, 3, 0, again, &count), 0); /* two of them held twice now */
	assert_int_equal(count, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(again[i].seq, i + 1);
		assert_int_equal(again[i].missed, 0);
	}
	publish(1);
	struct ring_frame more[3];
	assert_int_equal(ring_reader_newest(reader, 3, 0, more, &count), -ENOBUFS);
	for (unsigned i = 0; i < 3; i++)
		ring_reader_unhold(reader, again[i].slot);
	for (unsigned i = 0; i < 2; i++)
		assert_true(ring_fixture_intact(reader, &frames[i]));
	for (unsigned i = 0; i < 2; i++)
		ring_reader_unhold(reader, frames[i].slot);
	publish(6); /* 10 in all */
	assert_int_equal(ring_reader_newest(reader, 3, 0, more, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(more[0].seq, 8);
	assert_int_equal(more[0].missed, 4);
	assert_int_equal(more[1].missed, 0);
	assert_int_equal(more[2].seq, 10);
	assert_int_equal(ring_reader_missed(reader), 4);
	for (unsigned i = 0; i < 3; i++)
		ring_reader_unhold(reader, more[i].slot);
	assert_int_equal(ring_reader_newest(reader, 0, 0, more, &count), -EINVAL);
	ring_reader_unref(reader);
}

static void test_frames_outlive_the_reader(void **state)
{
	(void)state;
	begin(4, 1);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 2);
	publish(1);
	struct ring_frame frame = expect(reader, 1, 0);
	ring_reader_detach(reader);
	ring_reader_unref(reader);
	publish(50);
	assert_true(ring_fixture_intact(reader, &frame)); /* its own reference keeps the reader */
	atomic_store(&fixture.page[0]->cursor, 40);       /* the place has a new owner by now */
	ring_reader_unhold(reader, frame.slot);
	for (unsigned i = 0; i < LIMIT_HELD; i++)
		assert_int_equal(atomic_load(&fixture.page[0]->holds[i]), 0);
	assert_int_equal(atomic_load(&fixture.page[0]->cursor), 40);
}

static void test_ready(void **state)
{
	(void)state;
	begin(4, 1);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 2);
	assert_false(ring_reader_ready(reader));
	assert_false(ring_reader_wait_ready(reader, 0));
	publish(1);
	assert_true(ring_reader_ready(reader));
	expect_and_let_go(reader, 1, 0);
	assert_false(ring_reader_ready(reader));
	atomic_store(&fixture.roster->newest, 2);
	assert_true(ring_reader_ready(reader));
	atomic_store(&fixture.roster->newest, 1);
	ring_writer_finish(writer);
	assert_true(ring_reader_wait_ready(reader, 0));
	ring_reader_unref(reader);
}

static void test_no_place(void **state)
{
	(void)state;
	begin(4, 2);
	int fds[RING_FD_PAGES + LIMIT_READERS];
	struct ring_map *map = NULL;
	struct ring_reader *reader = NULL;
	assert_int_equal(ring_map_reader(fds, ring_fixture_fds(&fixture, 0, fds), 0, &map), 0);
	assert_int_equal(ring_reader_create(map, 0, 0, &reader), -EPROTO);
	assert_int_equal(ring_map_reader(fds, ring_fixture_fds(&fixture, 0, fds), 0, &map), 0);
	assert_int_equal(ring_reader_create(map, 1, 0, &reader), -EINVAL);
	ring_reader_unref(NULL);
	ring_writer_destroy(NULL);
	ring_map_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_latest_is_never_the_same_twice, ring_end),
		cmocka_unit_test_teardown(test_late_reader_begins_with_newest, ring_end),
		cmocka_unit_test_teardown(test_ordered_misses_exactly, ring_end),
		cmocka_unit_test_teardown(test_lossless_stops_the_writer, ring_end),
		cmocka_unit_test_teardown(test_lossless_begins_at_preset_gate, ring_end),
		cmocka_unit_test_teardown(test_held_frames_stay_intact_while_the_writer_laps, ring_end),
		cmocka_unit_test_teardown(test_no_more_than_max_held, ring_end),
		cmocka_unit_test_teardown(test_finish_is_drained, ring_end),
		cmocka_unit_test_teardown(test_dead_writers_end_is_the_cores, ring_end),
		cmocka_unit_test_teardown(test_no_frame_beyond_the_end_is_held, ring_end),
		cmocka_unit_test_teardown(test_a_held_slot_is_not_held_for_a_frame_before, ring_end),
		cmocka_unit_test_teardown(test_dead_writers_undecided_frame_is_missed, ring_end),
		cmocka_unit_test_teardown(test_next_generation_goes_on, ring_end),
		cmocka_unit_test_teardown(test_batch_of_newest, ring_end),
		cmocka_unit_test_teardown(test_frames_outlive_the_reader, ring_end),
		cmocka_unit_test_teardown(test_ready, ring_end),
		cmocka_unit_test_teardown(test_no_place, ring_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
