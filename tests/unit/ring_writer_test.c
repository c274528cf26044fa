/* ring_writer_test.c: what a writer may claim: windows that shrink, gates, pins, readers that are passed over. */
#include "base/clock.h"
#include "ring/reader.h"
#include "ring/wake.h"
#include "ring/writer.h"
#include "ring_support.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void begin(unsigned slots, int64_t lossless_timeout_ns)
{
	struct ring_layout layout = ring_fixture_layout(slots, 4);
	layout.lossless_timeout_ns = lossless_timeout_ns;
	ring_begin(&layout);
}

static void test_window_shrinks_before_a_frame_is_dropped(void **state)
{
	(void)state;
	begin(5, 0);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 4);
	struct ring_frame held[4];
	for (unsigned i = 0; i < 4; i++) {
		publish(1);
		held[i] = take(reader);
	}
	publish(1); /* the fifth slot: window 1 to 5, four of them held */
	assert_int_equal(ring_fixture_publish(writer), -ETIMEDOUT); /* the newest is never reclaimed */
	assert_int_equal(atomic_load(&fixture.control->tail), 1);
	ring_reader_unhold(reader, held[2].slot);
	publish(1);
	assert_int_equal(atomic_load(&fixture.control->tail), 4); /* 1 and 2 were passed over */
	publish(1);
	assert_int_equal(atomic_load(&fixture.control->tail), 6);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ring_fixture_intact(reader, &held[i]), i != 2);
	ring_reader_unhold(reader, held[0].slot);
	ring_reader_unhold(reader, held[1].slot);
	ring_reader_unhold(reader, held[3].slot);
	publish(3); /* into the three that were let go: the window grows again */
	assert_int_equal(atomic_load(&fixture.control->tail), 6);
	publish(1);
	assert_int_equal(atomic_load(&fixture.control->tail), 7);
	ring_reader_unref(reader);
}

static void test_pinned_slot_is_left_alone(void **state)
{
	(void)state;
	begin(3, 0);
	unsigned slot = 0;
	uint64_t seq = 0;
	struct ring_meta meta = {.pts_ns = 1000};
	assert_int_equal(ring_writer_claim(writer, 0, &slot), 0);
	ring_writer_data(writer, slot)[0] = 77;
	assert_int_equal(ring_writer_publish(writer, slot, &meta, NULL, true, &seq), 0);
	publish(20);
	assert_int_equal(ring_writer_data(writer, slot)[0], 77);
	unsigned others[2];
	assert_int_equal(ring_writer_claim(writer, 0, &others[0]), 0);
	assert_int_equal(ring_writer_claim(writer, 0, &others[1]), -ETIMEDOUT);
	ring_writer_unpin(writer, slot);
	assert_int_equal(ring_writer_claim(writer, 0, &others[1]), 0);
	assert_int_equal(others[1], slot);
}

static void test_cancelled_slot_leaves_no_gap(void **state)
{
	(void)state;
	begin(3, INT64_MAX);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 1);
	unsigned slots[3];
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(ring_writer_claim(writer, 0, &slots[i]), 0);
	assert_int_equal(ring_writer_claim(writer, 0, &slots[0]), -ETIMEDOUT);
	for (unsigned i = 0; i < 3; i++)
		ring_writer_cancel(writer, slots[i]);
	ring_writer_cancel(writer, slots[0]); /* not claimed any more: nothing happens */
	publish(3);
	assert_int_equal(ring_fixture_publish(writer), -ETIMEDOUT);
	for (uint64_t seq = 1; seq <= 3; seq++) {
		struct ring_frame frame = take(reader);
		assert_int_equal(frame.seq, seq);
		ring_reader_unhold(reader, frame.slot);
	}
	ring_reader_unref(reader);
}

static void test_publish_is_checked(void **state)
{
	(void)state;
	begin(3, 0);
	unsigned slot = 0;
	uint64_t seq = 0;
	struct ring_meta meta = {.metadata_size = 17};
	assert_int_equal(ring_writer_publish(writer, 0, &meta, "", false, &seq), -EINVAL);
	assert_int_equal(ring_writer_publish(writer, UINT_MAX, &meta, "", false, &seq), -EINVAL);
	assert_int_equal(ring_writer_claim(writer, 0, &slot), 0);
	assert_int_equal(ring_writer_publish(writer, slot, &meta, "17 bytes too long", false, &seq), -EMSGSIZE);
	meta.metadata_size = 16;
	assert_int_equal(ring_writer_publish(writer, slot, &meta, "sixteen bytes ok", false, &seq), 0);
	assert_int_equal(seq, 1);
	assert_int_equal(ring_writer_publish(writer, slot, &meta, "sixteen bytes ok", false, &seq), -EINVAL);
	assert_int_equal(ring_writer_claim(writer, 0, &slot), 0);
	ring_writer_finish(writer);
	assert_int_equal(ring_writer_publish(writer, slot, &meta, "sixteen bytes ok", false, &seq), -EPIPE);
	assert_int_equal(ring_map_final(ring_writer_map(writer)), 1);
	ring_writer_cancel(writer, slot);
}

static void test_dropped_frames_are_counted(void **state)
{
	(void)state;
	begin(3, 0);
	ring_writer_count_dropped(writer);
	ring_writer_count_dropped(writer);
	assert_int_equal(atomic_load(&fixture.control->dropped), 2);
}

static void test_what_the_core_ended_meanwhile_is_not_published(void **state)
{
	(void)state;
	begin(4, 0);
	unsigned slot;
	uint64_t seq = 99;
	struct ring_meta meta = {0};
	assert_int_equal(ring_writer_claim(writer, 0, &slot), 0);
	atomic_store(&fixture.roster->final, 0);
	assert_int_equal(ring_writer_publish(writer, slot, &meta, NULL, false, &seq), -EPIPE);
	assert_int_equal(seq, 99);
	assert_int_equal(atomic_load(&fixture.control->head), 0);
}

/* The timeout is 0 here, so the first claim that finds the lossless reader in its way passes it over. */
static void test_stuck_reader_is_passed_over_and_told_once(void **state)
{
	(void)state;
	begin(4, 0);
	struct ring_reader *stuck = reader_open(0, FB_LOSSLESS, 2);
	publish(1);
	struct ring_frame frame = take(stuck);
	publish(3); /* 2 to 4 wait for it, 1 is held */
	assert_int_equal(atomic_load(&fixture.control->evicted[0]), 0);
	publish(1);
	assert_int_equal(atomic_load(&fixture.control->evicted[0]), fixture.epoch);
	assert_true(ring_reader_ready(stuck));
	struct ring_frame none;
	assert_int_equal(ring_reader_next(stuck, 0, &none), -EOVERFLOW);
	publish(1); /* 4 to 6 are left: 1 is still held */
	struct ring_frame next = take(stuck);
	assert_int_equal(next.seq, 4);
	assert_int_equal(next.missed, 2);
	assert_true(ring_fixture_intact(stuck, &frame));
	assert_true(ring_fixture_intact(stuck, &next));
	ring_reader_unhold(stuck, frame.slot);
	ring_reader_unhold(stuck, next.slot);
	ring_reader_unref(stuck);
}

static void test_only_the_slowest_is_passed_over(void **state)
{
	(void)state;
	begin(4, 0);
	struct ring_reader *slow = reader_open(0, FB_LOSSLESS, 1);
	struct ring_reader *quick = reader_open(1, FB_LOSSLESS, 1);
	publish(4);
	struct ring_frame frame = take(quick);
	ring_reader_unhold(quick, frame.slot);
	publish(1);
	assert_int_equal(atomic_load(&fixture.control->evicted[0]), fixture.epoch - 1);
	assert_int_equal(atomic_load(&fixture.control->evicted[1]), 0);
	ring_reader_unref(slow);
	ring_reader_unref(quick);
}

/* Full of held and claimed slots, with a lossless reader that has taken all there is: it is not what stands in the way.
 */
static void test_reader_without_fault_is_not_passed_over(void **state)
{
	(void)state;
	begin(2, 0);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 2);
	publish(1);
	struct ring_frame frame = take(reader);
	publish(1);
	unsigned slot = 0;
	assert_int_equal(ring_writer_claim(writer, 0, &slot), -ETIMEDOUT);
	assert_int_equal(atomic_load(&fixture.control->evicted[0]), 0);
	ring_reader_unhold(reader, frame.slot);
	assert_int_equal(ring_writer_claim(writer, 0, &slot), 0);
	ring_reader_unref(reader);
}

static void test_new_owner_of_a_place_is_not_the_evicted_one(void **state)
{
	(void)state;
	begin(4, 0);
	struct ring_reader *first = reader_open(0, FB_LOSSLESS, 2);
	publish(6);
	ring_reader_unref(first);
	struct ring_reader *second = reader_open(0, FB_LOSSLESS, 2);
	struct ring_frame frame = take(second);
	assert_int_equal(frame.seq, 6);
	ring_reader_unhold(second, frame.slot);
	ring_reader_unref(second);
}

static void test_waiting_claim_passes_over_after_the_timeout(void **state)
{
	(void)state;
	begin(2, 20 * NS_PER_MS);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 1);
	publish(2);
	unsigned slot = 0;
	int64_t begun_ns = clock_monotonic_ns();
	assert_int_equal(ring_writer_claim(writer, DEADLINE_NEVER, &slot), 0);
	assert_true(clock_monotonic_ns() - begun_ns >= 20 * NS_PER_MS);
	assert_int_equal(atomic_load(&fixture.control->room_armed), 0);
	ring_reader_unref(reader);
}

static void *claim_one(void *ret_slot)
{
	return ring_writer_claim(writer, DEADLINE_NEVER, ret_slot) == 0 ? ret_slot : NULL;
}

static void await_armed(void)
{
	while (!atomic_load(&fixture.control->room_armed))
		sched_yield();
}

static void expect_claim(pthread_t thread)
{
	void *claimed = NULL;
	pthread_join(thread, &claimed);
	assert_non_null(claimed);
}

static void test_waiting_claim_gets_what_is_let_go(void **state)
{
	(void)state;
	begin(2, INT64_MAX);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 1);
	pthread_t thread;
	unsigned slot = 0;
	publish(2);
	struct ring_frame frame = take(reader);
	pthread_create(&thread, NULL, claim_one, &slot);
	await_armed();
	ring_reader_unhold(reader, frame.slot);
	expect_claim(thread);
	assert_int_equal(slot, frame.slot);
	unsigned other = 0;
	pthread_create(&thread, NULL, claim_one, &other);
	await_armed();
	ring_writer_cancel(writer, slot);
	expect_claim(thread);
	uint64_t seq = 0;
	struct ring_meta meta = {0};
	assert_int_equal(ring_writer_publish(writer, other, &meta, NULL, false, &seq), 0);
	pthread_create(&thread, NULL, claim_one, &slot);
	await_armed();
	ring_fixture_leave(&fixture, 0); /* the reader's process has gone */
	expect_claim(thread);
	ring_reader_unref(reader);
}

static void test_finish_ends_a_waiting_claim(void **state)
{
	(void)state;
	begin(2, INT64_MAX);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 1);
	pthread_t thread;
	unsigned slot = 0;
	publish(2);
	pthread_create(&thread, NULL, claim_one, &slot);
	await_armed();
	ring_writer_finish(writer);
	void *claimed = &slot;
	pthread_join(thread, &claimed);
	assert_null(claimed);
	ring_reader_unref(reader);
}

/* Posts that nobody waited for do not keep a claim from its deadline. */
static void test_posts_without_room(void **state)
{
	(void)state;
	begin(2, INT64_MAX);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 1);
	publish(2);
	for (unsigned i = 0; i < 200; i++)
		ring_room_post(fixture.room);
	unsigned slot = 0;
	assert_int_equal(ring_writer_claim(writer, clock_deadline(5 * NS_PER_MS), &slot), -ETIMEDOUT);
	ring_reader_unref(reader);
}

static void test_many_slots(void **state)
{
	(void)state;
	begin(1000, INT64_MAX);
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS, 8);
	for (unsigned round = 0; round < 5; round++) {
		publish(round ? 500 : 1000);
		for (unsigned i = 0; i < 500; i++) {
			struct ring_frame frame = take(reader);
			assert_int_equal(frame.seq, round * 500 + i + 1);
			assert_true(ring_fixture_intact(reader, &frame));
			ring_reader_unhold(reader, frame.slot);
		}
	}
	ring_reader_unref(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_what_the_core_ended_meanwhile_is_not_published, ring_end),
		cmocka_unit_test_teardown(test_window_shrinks_before_a_frame_is_dropped, ring_end),
		cmocka_unit_test_teardown(test_pinned_slot_is_left_alone, ring_end),
		cmocka_unit_test_teardown(test_cancelled_slot_leaves_no_gap, ring_end),
		cmocka_unit_test_teardown(test_publish_is_checked, ring_end),
		cmocka_unit_test_teardown(test_dropped_frames_are_counted, ring_end),
		cmocka_unit_test_teardown(test_stuck_reader_is_passed_over_and_told_once, ring_end),
		cmocka_unit_test_teardown(test_only_the_slowest_is_passed_over, ring_end),
		cmocka_unit_test_teardown(test_reader_without_fault_is_not_passed_over, ring_end),
		cmocka_unit_test_teardown(test_new_owner_of_a_place_is_not_the_evicted_one, ring_end),
		cmocka_unit_test_teardown(test_waiting_claim_passes_over_after_the_timeout, ring_end),
		cmocka_unit_test_teardown(test_waiting_claim_gets_what_is_let_go, ring_end),
		cmocka_unit_test_teardown(test_finish_ends_a_waiting_claim, ring_end),
		cmocka_unit_test_teardown(test_posts_without_room, ring_end),
		cmocka_unit_test_teardown(test_many_slots, ring_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
