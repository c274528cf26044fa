/* ring_pool_test.c: several writers of one generation: the order of tickets, turns that pass, room. */
#include "ring_pool_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_frames_appear_in_the_order_of_claims(void **state)
{
	(void)state;
	order_by_claims();
	uint64_t seq = 99;
	unsigned first = claim(0, 0), second = claim(1, 0), third = claim(2, 0);
	assert_int_equal(publish(2, third, 3, &seq), 0);
	assert_int_equal(seq, 0); /* not yet: two are before it */
	assert_int_equal(publish(1, second, 2, &seq), 0);
	expect_nothing();
	assert_int_equal(publish(0, first, 1, &seq), 0);
	assert_int_equal(seq, 1);
	expect_frame(1, 1);
	expect_frame(2, 2);
	expect_frame(3, 3);
	expect_nothing();
}

static void test_a_cancelled_claim_leaves_no_hole(void **state)
{
	(void)state;
	order_by_claims();
	uint64_t seq;
	unsigned first = claim(0, 0), second = claim(1, 0);
	assert_int_equal(publish(1, second, 2, &seq), 0);
	ring_pool_cancel(member[0], first);
	expect_frame(1, 2);
	assert_int_equal(count_claimed(), 0);
}

static void test_tickets_are_the_groups_frames(void **state)
{
	(void)state;
	order_by_group();
	uint64_t seq;
	unsigned second = claim(1, 2), first = claim(0, 1);
	assert_int_equal(publish(1, second, 2, &seq), 0);
	expect_nothing();
	assert_int_equal(publish(0, first, 1, &seq), 0);
	expect_frame(1, 1);
	expect_frame(2, 2);
}

static void test_frames_of_which_nothing_comes_are_passed(void **state)
{
	(void)state;
	order_by_group();
	uint64_t seq;
	settle(1, RING_DONE);
	settle(2, RING_LOST);
	assert_int_equal(publish(0, claim(0, 3), 3, &seq), 0);
	assert_int_equal(seq, 1);
	expect_frame(1, 3);
}

static void test_the_first_ticket_is_the_oldest_frame_in_work(void **state)
{
	(void)state;
	work = ring_fixture_group(&fixture, GROUP, FB_ORDERED);
	ring_work_begin(&work, 50);
	for (uint64_t frame = 40; frame < 50; frame++)
		settle(frame, frame == 45 || frame == 47 ? RING_TAKEN : RING_DONE);
	assert_int_equal(ring_pool_bind(member[0], 7, &work), 0);
	uint64_t seq;
	assert_int_equal(publish(0, claim(0, 47), 47, &seq), 0);
	expect_nothing();
	assert_int_equal(publish(0, claim(0, 45), 45, &seq), 0);
	expect_frame(1, 45);
	expect_frame(2, 47);
}

static void test_another_order_is_refused(void **state)
{
	(void)state;
	order_by_group();
	assert_int_equal(ring_pool_bind(member[0], 0, NULL), -EINVAL);
	assert_int_equal(ring_pool_bind(member[0], 8, &work), -EINVAL);
}

static void test_a_turn_that_took_too_long_passes(void **state)
{
	(void)state;
	order_by_group();
	struct ring_order_view order = ring_fixture_order(&fixture);
	uint64_t seq = 99;
	unsigned late = claim(0, 1);
	assert_int_equal(ring_order_waiting(&order), 0);
	assert_int_equal(publish(1, claim(1, 3), 3, &seq), 0);
	assert_int_equal(ring_order_waiting(&order), 3);
	assert_int_equal(ring_order_pass(&order, 3), 2); /* 1 was claimed, 2 not */
	ring_order_help(&order, NULL, 0);
	expect_frame(1, 3);
	assert_int_equal(publish(0, late, 1, &seq), -ESTALE);
	assert_int_equal(count_claimed(), 0);
	late = claim(0, 2); /* gets a slot to fill, which goes nowhere */
	assert_int_equal(publish(0, late, 2, &seq), -ESTALE);
	expect_nothing();
	assert_int_equal(count_claimed(), 0);
	assert_int_equal(publish(0, claim(0, 4), 4, &seq), 0);
	expect_frame(2, 4);
}

static void test_what_a_group_leaves_behind_is_no_turn(void **state)
{
	(void)state;
	order_by_group();
	struct ring_order_view order = ring_fixture_order(&fixture);
	uint64_t seq;
	unsigned first = claim(0, 1);
	settle(2, RING_TAKEN);
	settle(3, RING_DONE);
	assert_int_equal(publish(1, claim(1, 4), 4, &seq), 0);
	ring_order_forsake(&order, 1, 4, &work); /* of these it is only 3 that nobody has */
	assert_int_equal(publish(0, first, 1, &seq), 0);
	expect_frame(1, 1);
	expect_nothing();
	ring_order_forsake(&order, 0, RING_NEVER, NULL);
	ring_order_help(&order, NULL, 0);
	expect_frame(2, 4);
	assert_true(ring_order_idle(&order));
}

static void test_one_slot_a_ticket(void **state)
{
	(void)state;
	order_by_group();
	uint64_t seq;
	unsigned slot = claim(0, 1), other = 0;
	assert_int_equal(ring_pool_claim(member[0], 1, 0, &other), -EBUSY);
	assert_int_equal(publish(0, slot, 1, &seq), 0);
	assert_int_equal(publish(0, claim(0, 1), 1, &seq), -ESTALE); /* done */
	expect_frame(1, 1);
	expect_nothing();
}

static void test_the_turn_always_finds_a_slot(void **state)
{
	(void)state;
	order_by_group();
	uint64_t seq, ticket = 2;
	unsigned slot;
	while (ring_pool_claim(member[1], ticket, 0, &slot) == 0) {
		assert_int_equal(publish(1, slot, (int64_t)ticket, &seq), 0);
		assert_true(++ticket < 100);
	}
	slot = claim(0, 1);
	assert_int_equal(publish(0, slot, 1, &seq), 0);
	assert_int_equal(atomic_load(&fixture.control->head), ticket - 1);
	claim(1, ticket); /* what had found no room does now */
}

static void test_a_held_frame_is_not_taken(void **state)
{
	(void)state;
	order_by_claims();
	uint64_t seq;
	struct ring_frame frame;
	unsigned slot = claim(0, 0);
	assert_int_equal(publish(0, slot, 1, &seq), 0);
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	for (int64_t i = 2; i < 60; i++) {
		unsigned next = claim((unsigned)i % MEMBERS, 0);
		assert_int_not_equal(next, frame.slot);
		assert_int_equal(publish((unsigned)i % MEMBERS, next, i, &seq), 0);
		assert_int_equal(seq, i);
	}
	assert_true(atomic_load(&fixture.control->tail) > 2);
	ring_reader_unhold(reader, frame.slot);
}

static void test_a_pinned_slot_is_not_taken(void **state)
{
	(void)state;
	order_by_claims();
	struct ring_order_view order = ring_fixture_order(&fixture);
	uint64_t seq;
	unsigned published = claim(0, 0), cancelled = claim(0, 0);
	ring_writer_pin(member[0], published);
	ring_writer_pin(member[0], published);
	ring_writer_pin(member[0], cancelled);
	assert_int_equal(publish(0, published, 1, &seq), 0);
	ring_pool_cancel(member[0], cancelled);
	ring_writer_unpin(member[0], published);
	for (unsigned i = 0; i < 40; i++) {
		unsigned next = claim(1, 0);
		assert_true(next != published && next != cancelled);
		assert_int_equal(publish(1, next, 2, &seq), 0);
	}
	ring_writer_unpin(member[0], published);
	assert_false(ring_order_pinned(&order, published));
	assert_true(ring_order_pinned(&order, cancelled));
	ring_order_sweep(&order, 0, false);
	assert_true(ring_order_pinned(&order, cancelled)); /* it has only left */
	ring_order_sweep(&order, 0, true);
	assert_false(ring_order_pinned(&order, cancelled));
	assert_int_equal(claim(1, 0), cancelled);
}

/* It may have settled since the core looked. */
static void test_a_settled_ticket_keeps_its_turn(void **state)
{
	(void)state;
	order_by_group();
	struct ring_order_view order = ring_fixture_order(&fixture);
	uint64_t seq = 99;
	unsigned late = claim(0, 1);
	assert_int_equal(publish(1, claim(1, 2), 2, &seq), 0);
	assert_int_equal(ring_order_pass(&order, 3), 1);
	ring_order_help(&order, NULL, 0);
	expect_frame(1, 2);
	assert_int_equal(publish(0, late, 1, &seq), -ESTALE);
}

/* Else who found it free, and without pins, could take it while one that had it meanwhile still looks at it. */
static void test_no_free_word_comes_back(void **state)
{
	(void)state;
	order_by_claims();
	struct ring_order_view order = ring_fixture_order(&fixture);
	unsigned slot = claim(0, 0);
	uint64_t word = 0;
	for (unsigned i = 0; i < 3; i++) {
		ring_pool_cancel(member[i % 2], slot);
		assert_int_equal(ring_state_kind(atomic_load(&order.state[slot])), RING_FREE);
		assert_true(atomic_load(&order.state[slot]) > word);
		word = atomic_load(&order.state[slot]);
		assert_int_equal(claim((i + 1) % 2, 0), slot);
	}
	ring_order_sweep(&order, 1, true);
	assert_int_equal(ring_state_kind(atomic_load(&order.state[slot])), RING_FREE);
	assert_true(atomic_load(&order.state[slot]) > word);
}

static void test_a_gate_stops_all_members(void **state)
{
	(void)state;
	order_by_claims();
	ring_fixture_place(&fixture, 1, FB_LOSSLESS, 2);
	struct ring_reader *lossless = ring_fixture_reader(&fixture, 1, 1);
	struct ring_frame frame;
	uint64_t seq, count = 0;
	unsigned slot = 0;
	while (ring_pool_claim(member[count % MEMBERS], 0, 0, &slot) == 0) {
		assert_int_equal(publish((unsigned)(count % MEMBERS), slot, (int64_t)count, &seq), 0);
		assert_true(++count <= fixture.layout.slots);
	}
	assert_int_equal(count, fixture.layout.slots);
	for (uint64_t i = 0; i < count; i++) {
		assert_int_equal(ring_reader_next(lossless, 0, &frame), 0);
		assert_int_equal(frame.meta.pts_ns, i);
		ring_reader_unhold(lossless, frame.slot);
	}
	claim(0, 0);
	ring_reader_unref(lossless);
}

/* Many tables' length of tickets, of which every third is nobody's. */
static void test_the_table_goes_round(void **state)
{
	(void)state;
	order_by_group();
	uint64_t seq, shown = 0;
	for (uint64_t ticket = 1; ticket < 5 * RING_TURNS; ticket++) {
		if (ticket % 3 == 0) {
			settle(ticket, RING_DONE);
			continue;
		}
		assert_int_equal(publish(ticket % 2, claim(ticket % 2, ticket), (int64_t)ticket, &seq), 0);
		assert_int_equal(seq, ++shown);
		expect_frame(seq, (int64_t)ticket);
	}
}

static void test_a_ticket_too_far_ahead_waits(void **state)
{
	(void)state;
	order_by_group();
	unsigned slot;
	assert_int_equal(ring_pool_claim(member[0], 1 + RING_TURNS, 0, &slot), -ETIMEDOUT);
	assert_int_equal(ring_pool_claim(member[0], RING_TURNS, 0, &slot), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, pool_begin, pool_end)
	const struct CMUnitTest tests[] = {
		TEST(test_frames_appear_in_the_order_of_claims),
		TEST(test_a_cancelled_claim_leaves_no_hole),
		TEST(test_tickets_are_the_groups_frames),
		TEST(test_frames_of_which_nothing_comes_are_passed),
		TEST(test_the_first_ticket_is_the_oldest_frame_in_work),
		TEST(test_another_order_is_refused),
		TEST(test_a_turn_that_took_too_long_passes),
		TEST(test_what_a_group_leaves_behind_is_no_turn),
		TEST(test_one_slot_a_ticket),
		TEST(test_the_turn_always_finds_a_slot),
		TEST(test_a_held_frame_is_not_taken),
		TEST(test_a_pinned_slot_is_not_taken),
		TEST(test_a_settled_ticket_keeps_its_turn),
		TEST(test_no_free_word_comes_back),
		TEST(test_a_gate_stops_all_members),
		TEST(test_the_table_goes_round),
		TEST(test_a_ticket_too_far_ahead_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
