/* ring_group_test.c: a group's members: each frame to one of them, and to another when it dies. */
#include "base/clock.h"
#include "ring/pool.h"
#include "support/ring_fixture.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MEMBERS 3
#define GROUP 3
#define SLOTS 6
#define ATTEMPTS 2

static struct ring_fixture fixture;
static struct ring_writer *writer;
static struct ring_work_view work;
static struct ring_reader *member[MEMBERS];
static unsigned held[MEMBERS][SLOTS]; /* what a member that "dies" never gives back */

static void begin_with(struct ring_layout layout, unsigned max_held, enum fb_mode mode, int64_t lossless_timeout_ns)
{
	layout.lossless_timeout_ns = lossless_timeout_ns;
	ring_fixture_create(&fixture, &layout);
	work = ring_fixture_group(&fixture, GROUP, mode);
	for (unsigned i = 0; i < MEMBERS; i++) {
		ring_fixture_place(&fixture, i, FB_ORDERED, max_held);
		member[i] = ring_fixture_member(&fixture, i, GROUP);
	}
	writer = ring_fixture_writer(&fixture);
}

static void begin(enum fb_mode mode, int64_t lossless_timeout_ns)
{
	begin_with(ring_fixture_layout(SLOTS, 4), 4, mode, lossless_timeout_ns);
}

static int end(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MEMBERS; i++) {
		for (unsigned slot = 0; slot < SLOTS; slot++)
			for (; held[i][slot] > 0; held[i][slot]--)
				ring_reader_unhold(member[i], slot);
		ring_reader_unref(member[i]);
	}
	ring_writer_destroy(writer);
	ring_fixture_destroy(&fixture);
	return 0;
}

static void publish(unsigned count)
{
	while (count-- > 0)
		assert_true(ring_fixture_publish(writer) > 0);
}

static struct ring_frame take(unsigned number, uint64_t seq)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(member[number], 0, &frame), 0);
	held[number][frame.slot]++;
	assert_int_equal(frame.seq, seq);
	assert_true(ring_fixture_intact(member[number], &frame));
	return frame;
}

static void finish(unsigned number, const struct ring_frame *frame)
{
	ring_reader_done(member[number], frame->seq);
	ring_reader_unhold(member[number], frame->slot);
	held[number][frame->slot]--;
}

static int next(unsigned number)
{
	struct ring_frame frame;
	int r = ring_reader_next(member[number], 0, &frame);
	if (r == 0) {
		held[number][frame.slot]++;
		finish(number, &frame);
	}
	return r;
}

/* A member may stop, or die, after its entry and before the cursor: the entry says whose the frame is. */
static void test_an_entry_counts_before_the_cursor(void **state)
{
	(void)state;
	begin(FB_ORDERED, 0);
	publish(2);
	struct ring_frame first = take(0, 1);
	atomic_store(&work.page->cursor, 1);
	struct ring_frame second = take(1, 2);
	finish(0, &first);
	finish(1, &second);
}

static void test_each_frame_goes_to_one(void **state)
{
	(void)state;
	begin(FB_ORDERED, 0);
	publish(3);
	struct ring_frame first = take(0, 1), second = take(2, 2), third = take(0, 3);
	assert_int_equal(next(1), -ETIMEDOUT);
	publish(1);
	struct ring_frame fourth = take(1, 4);
	finish(0, &first);
	finish(2, &second);
	finish(0, &third);
	finish(1, &fourth);
}

static void test_a_dead_members_frame_goes_to_another(void **state)
{
	(void)state;
	begin(FB_ORDERED, 0);
	publish(3);
	take(0, 1);
	struct ring_frame second = take(1, 2);
	unsigned offered = 0;
	assert_int_equal(ring_work_leave(&work, 0, ATTEMPTS, &offered), 0);
	assert_int_equal(offered, 1);
	assert_true(ring_work_offered(&work, 1));
	assert_false(ring_work_finished(&work, 1));
	publish(20); /* its hold stands */
	struct ring_frame again = take(1, 1);
	ring_fixture_leave(&fixture, 0);
	assert_false(ring_work_offered(&work, 1));
	finish(1, &again);
	finish(1, &second);
	assert_true(ring_work_finished(&work, 1));
}

static void test_a_frame_that_kills_is_given_up(void **state)
{
	(void)state;
	begin(FB_ORDERED, 0);
	publish(2);
	unsigned offered = 0;
	take(0, 1);
	assert_int_equal(ring_work_leave(&work, 0, ATTEMPTS, &offered), 0);
	take(1, 1);
	assert_int_equal(ring_work_leave(&work, 1, ATTEMPTS, &offered), 1);
	assert_int_equal(offered, 0);
	assert_true(ring_work_finished(&work, 1));
	struct ring_frame second = take(2, 2);
	finish(2, &second);
}

static void test_done_is_done(void **state)
{
	(void)state;
	begin(FB_ORDERED, 0);
	publish(1);
	struct ring_frame frame = take(0, 1);
	unsigned offered = 0;
	ring_reader_done(member[1], 1); /* not its frame */
	assert_false(ring_work_finished(&work, 1));
	ring_reader_done(member[0], 1);
	ring_reader_done(member[0], 1);
	assert_true(ring_work_finished(&work, 1));
	assert_int_equal(ring_work_leave(&work, 0, ATTEMPTS, &offered), 0);
	assert_int_equal(offered, 0);
	ring_reader_unhold(member[0], frame.slot);
}

static void test_what_nobody_takes_again_is_given_up(void **state)
{
	(void)state;
	begin(FB_ORDERED, 0);
	publish(2);
	unsigned offered = 0;
	take(0, 1);
	ring_work_leave(&work, 0, ATTEMPTS, &offered);
	assert_int_equal(ring_work_give_up(&work, 1), 0);
	assert_int_equal(ring_work_give_up(&work, 0), 1);
	assert_true(ring_work_finished(&work, 1));
	struct ring_frame second = take(1, 2);
	finish(1, &second);
}

static void test_a_lossless_group_holds_the_writer_and_misses_nothing(void **state)
{
	(void)state;
	begin(FB_LOSSLESS, INT64_C(3600000000000));
	publish(SLOTS);
	assert_int_equal(ring_fixture_publish(writer), -ETIMEDOUT);
	struct ring_frame slow = take(0, 1);
	for (uint64_t seq = 2; seq < 40; seq++) { /* one that is slow stops nobody */
		struct ring_frame frame = take(1 + seq % 2, seq);
		finish(1 + seq % 2, &frame);
		publish(1);
	}
	assert_true(ring_fixture_intact(member[0], &slow));
	finish(0, &slow);
	for (unsigned i = 0; i < MEMBERS; i++)
		assert_int_equal(ring_reader_missed(member[i]), 0);
}

static void test_a_lossless_group_that_takes_nothing_is_passed_over(void **state)
{
	(void)state;
	begin(FB_LOSSLESS, 1);
	publish(SLOTS);
	assert_true(ring_fixture_publish_until(writer, clock_deadline(10 * NS_PER_SECOND)) > 0);
	assert_int_equal(next(0), -EOVERFLOW);
	take(0, 2);
	assert_int_equal(ring_reader_missed(member[0]), 1);
	assert_int_equal(next(1), -EOVERFLOW);
}

static void test_an_ordered_group_counts_what_it_was_too_slow_for(void **state)
{
	(void)state;
	begin(FB_ORDERED, 0);
	publish(20);
	struct ring_frame frame = take(0, 15); /* six slots: 15 to 20 are left */
	assert_int_equal(frame.missed, 14);
	assert_true(ring_work_finished(&work, 14));
	take(1, 16);
	assert_int_equal(ring_reader_missed(member[1]), 0);
	finish(0, &frame);
}

static void test_a_latest_group_takes_the_newest(void **state)
{
	(void)state;
	begin(FB_LATEST, 0);
	publish(4);
	struct ring_frame frame = take(0, 4);
	assert_int_equal(frame.missed, 3);
	assert_true(ring_work_finished(&work, 3));
	assert_int_equal(next(1), -ETIMEDOUT);
	publish(2 * RING_WORK);
	frame = take(1, 4 + 2 * RING_WORK);
	assert_int_equal(frame.missed, 2 * RING_WORK - 1);
}

static void test_the_end_waits_for_frames_of_others(void **state)
{
	(void)state;
	begin(FB_ORDERED, INT64_C(3600000000000));
	publish(2);
	struct ring_frame first = take(0, 1), second = take(1, 2);
	ring_writer_finish(writer);
	assert_int_equal(next(2), -ETIMEDOUT);
	assert_false(ring_reader_ready(member[2]));
	finish(0, &first);
	assert_int_equal(next(2), -ETIMEDOUT);
	unsigned offered = 0;
	ring_work_leave(&work, 1, ATTEMPTS, &offered);
	assert_true(ring_reader_ready(member[2]));
	struct ring_frame again = take(2, 2);
	finish(2, &again);
	assert_int_equal(next(2), -ENODATA);
	assert_int_equal(next(0), -ENODATA);
	(void)second;
}

/* A loop that still has its last frame in hand when it asks for the next must not keep the others from ending. */
static void test_members_that_wait_at_the_end_do_not_wait_for_one_another(void **state)
{
	(void)state;
	begin(FB_ORDERED, INT64_C(3600000000000));
	publish(2);
	struct ring_frame first = take(0, 1), second = take(1, 2);
	ring_writer_finish(writer);
	assert_int_equal(next(0), -ETIMEDOUT);
	assert_int_equal(next(1), -ENODATA);
	assert_int_equal(next(0), -ENODATA);
	finish(0, &first);
	finish(1, &second);
}

static void test_the_end_does_not_wait_for_ever(void **state)
{
	(void)state;
	begin(FB_ORDERED, 1);
	publish(1);
	struct ring_frame first = take(0, 1);
	ring_writer_finish(writer);
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(member[1], clock_deadline(10 * NS_PER_SECOND), &frame), -ENODATA);
	finish(0, &first);
}

static void test_hostile_words_end_no_loop(void **state)
{
	(void)state;
	begin(FB_LATEST, 0);
	publish(3);
	atomic_store(&fixture.control->head, RING_SEQ_MAX + 5);
	next(0);
	atomic_store(&fixture.page[GROUP]->cursor, RING_NEVER);
	assert_int_equal(next(0), -ETIMEDOUT);
	atomic_store(&work.work[5], ring_work(5, RING_OFFERED, 200, 9)); /* a frame that is not there */
	assert_int_equal(next(0), -ETIMEDOUT);
	assert_true(ring_work_finished(&work, 5));
	atomic_store(&work.work[6], ring_work(6, RING_TAKEN, 255, 9));
	atomic_store(&fixture.control->final, 3);
	next(0);
}

/* A head and a tail from nowhere, then a table that says everything is taken: no read goes through all the numbers
 * between. */
static void test_words_from_nowhere(void **state)
{
	(void)state;
	begin(FB_ORDERED, INT64_MAX);
	atomic_store(&fixture.control->head, RING_SEQ_MAX - 1);
	atomic_store(&fixture.control->tail, 5);
	assert_int_equal(next(0), -ETIMEDOUT);
	atomic_store(&work.page->cursor, 7);
	for (unsigned i = 0; i < RING_WORK; i++)
		atomic_store(&work.work[i], ring_work(RING_SEQ_MAX, RING_DONE, 0, 0));
	assert_int_equal(next(0), -ETIMEDOUT);
}

static void take_copy(unsigned number, uint64_t seq)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(member[number], 0, &frame), 0);
	assert_int_equal(frame.seq, seq);
	assert_non_null(frame.copy);
	assert_true(ring_fixture_intact(member[number], &frame));
	ring_reader_release(member[number], &frame);
}

/* A dead one's packet goes to another as long as the ring has it. */
static void test_members_that_copy(void **state)
{
	(void)state;
	unsigned offered = 0;
	begin_with(ring_fixture_packet_layout(64, 4), 0, FB_ORDERED, 0);
	publish(3);
	take_copy(0, 1);
	take_copy(1, 2);
	assert_int_equal(ring_work_leave(&work, 0, ATTEMPTS, &offered), 0);
	assert_int_equal(offered, 1);
	take_copy(2, 1);
	take_copy(2, 3);
	assert_int_equal(ring_work_leave(&work, 1, ATTEMPTS, &offered), 0);
	publish(100); /* the ring has room for a few */
	assert_false(atomic_load(&fixture.control->tail) <= 2);
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(member[2], 0, &frame), 0);
	assert_true(frame.seq > 3 && frame.missed == frame.seq - 3); /* 2 is lost */
	ring_reader_release(member[2], &frame);
}

static void test_who_has_no_room_for_results_takes_only_offered_frames(void **state)
{
	(void)state;
	begin(FB_LOSSLESS, 0);
	struct ring_fixture results;
	struct ring_layout layout = ring_fixture_layout(4 + ring_pool_slots(2), 4);
	layout.max_writers = 2;
	ring_fixture_create(&results, &layout);
	struct ring_writer *pool = ring_fixture_join(&results, 0);
	assert_int_equal(ring_pool_bind(pool, 0, NULL), 0);
	unsigned slot = 0, offered;
	assert_false(ring_pool_full(ring_writer_map(pool)));
	while (ring_pool_claim(pool, 0, 0, &slot) == 0)
		continue;
	assert_true(ring_pool_full(ring_writer_map(pool)));
	ring_reader_results(member[1], ring_writer_map(pool));
	publish(2);
	take(0, 1);
	assert_int_equal(next(1), -ETIMEDOUT);
	assert_false(ring_reader_ready(member[1]));
	assert_int_equal(ring_work_leave(&work, 0, ATTEMPTS, &offered), 0);
	assert_true(ring_reader_ready(member[1]));
	take(1, 1);
	assert_int_equal(next(1), -ETIMEDOUT);
	ring_pool_cancel(pool, slot);
	take(1, 2);
	ring_writer_destroy(pool);
	ring_fixture_destroy(&results);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		TEST(test_an_entry_counts_before_the_cursor),
		TEST(test_each_frame_goes_to_one),
		TEST(test_a_dead_members_frame_goes_to_another),
		TEST(test_a_frame_that_kills_is_given_up),
		TEST(test_done_is_done),
		TEST(test_what_nobody_takes_again_is_given_up),
		TEST(test_who_has_no_room_for_results_takes_only_offered_frames),
		TEST(test_a_lossless_group_holds_the_writer_and_misses_nothing),
		TEST(test_a_lossless_group_that_takes_nothing_is_passed_over),
		TEST(test_an_ordered_group_counts_what_it_was_too_slow_for),
		TEST(test_a_latest_group_takes_the_newest),
		TEST(test_the_end_waits_for_frames_of_others),
		TEST(test_members_that_wait_at_the_end_do_not_wait_for_one_another),
		TEST(test_the_end_does_not_wait_for_ever),
		TEST(test_hostile_words_end_no_loop),
		TEST(test_words_from_nowhere),
		TEST(test_members_that_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
