/* ring_pool_test.c: several writers of one generation: the order of tickets, turns that pass, members that die. */
#include "support/ring_fixture.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MEMBERS 3
#define READER 0
#define GROUP 3 /* the place of a group whose frames make the order */

static struct ring_fixture fixture;
static struct ring_writer *member[MEMBERS];
static struct ring_reader *reader;

static int begin(void **state)
{
	(void)state;
	struct ring_layout layout = ring_fixture_layout(4 + ring_pool_slots(MEMBERS), 4);
	layout.max_writers = MEMBERS;
	ring_fixture_create(&fixture, &layout);
	for (unsigned i = 0; i < MEMBERS; i++)
		member[i] = ring_fixture_join(&fixture, i);
	ring_fixture_place(&fixture, READER, FB_ORDERED, 8);
	reader = ring_fixture_reader(&fixture, READER, 1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MEMBERS; i++)
		ring_writer_destroy(member[i]);
	ring_reader_unref(reader);
	ring_fixture_destroy(&fixture);
	return 0;
}

static void order_by_claims(void)
{
	for (unsigned i = 0; i < MEMBERS; i++)
		assert_int_equal(ring_pool_bind(member[i], 0, NULL), 0);
}

/* A group of another stream, whose frames 1, 2, 3 … the members' tickets are. */
static struct ring_work_view work;

static void order_by_group(void)
{
	work = ring_fixture_group(&fixture, GROUP, FB_ORDERED);
	for (unsigned i = 0; i < MEMBERS; i++)
		assert_int_equal(ring_pool_bind(member[i], 7, &work), 0);
}

static void settle(uint64_t seq, enum ring_work kind)
{
	assert_true(ring_work_swap(&work, seq, ring_work_load(&work, seq), ring_work(seq, kind, 0, 0)));
}

static unsigned claim(unsigned number, uint64_t ticket)
{
	unsigned slot = 0;
	assert_int_equal(ring_pool_claim(member[number], ticket, 0, &slot), 0);
	return slot;
}

/* pts_ns tells which frame it is. */
static int publish(unsigned number, unsigned slot, int64_t pts_ns, uint64_t *ret_seq)
{
	struct ring_meta meta = {.pts_ns = pts_ns};
	return ring_pool_publish(member[number], slot, &meta, NULL, ret_seq);
}

static void expect_frame(uint64_t seq, int64_t pts_ns)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	assert_int_equal(frame.seq, seq);
	assert_int_equal(frame.meta.pts_ns, pts_ns);
	assert_int_equal(frame.missed, 0);
	ring_reader_unhold(reader, frame.slot);
}

static void expect_nothing(void)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(reader, 0, &frame), -ETIMEDOUT);
}

static unsigned count_claimed(void)
{
	struct ring_order_view order = ring_fixture_order(&fixture);
	unsigned count = 0;
	for (unsigned slot = 0; slot < order.slots; slot++)
		count += ring_state_kind(atomic_load(&order.state[slot])) == RING_CLAIMED;
	return count;
}

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

static void test_a_dead_members_ticket_is_opened_by_another(void **state)
{
	(void)state;
	order_by_group();
	struct ring_order_view order = ring_fixture_order(&fixture);
	uint64_t seq;
	claim(0, 1);
	assert_int_equal(publish(1, claim(1, 2), 2, &seq), 0);
	ring_order_sweep(&order, 0, true);
	assert_int_equal(count_claimed(), 1); /* 2, which waits */
	expect_nothing();
	assert_int_equal(publish(2, claim(2, 1), 1, &seq), 0);
	expect_frame(1, 1);
	expect_frame(2, 2);
}

/* Who was disconnected may still write: nobody else gets its slot before it notices. */
static void test_an_expelled_member_keeps_its_slot(void **state)
{
	(void)state;
	order_by_claims();
	struct ring_order_view order = ring_fixture_order(&fixture);
	uint64_t seq;
	unsigned slot = claim(0, 0);
	atomic_store(&fixture.roster->writer[0], 0);
	ring_order_sweep(&order, 0, false);
	for (int64_t i = 0; i < 40; i++) {
		unsigned next = claim(1, 0);
		assert_int_not_equal(next, slot);
		assert_int_equal(publish(1, next, i, &seq), 0);
	}
	assert_int_equal(seq, 40); /* its turn passed */
	assert_int_equal(publish(0, slot, 1, &seq), -EPIPE);
	ring_pool_cancel(member[0], slot);
	assert_int_equal(count_claimed(), 0);
}

static void test_what_a_dead_member_had_ready_appears(void **state)
{
	(void)state;
	order_by_claims();
	struct ring_order_view order = ring_fixture_order(&fixture);
	uint64_t seq;
	unsigned first = claim(0, 0), second = claim(1, 0);
	claim(1, 0);
	assert_int_equal(publish(1, second, 2, &seq), 0);
	ring_order_sweep(&order, 1, true);
	assert_int_equal(count_claimed(), 2); /* the first, and what is ready */
	assert_int_equal(publish(0, first, 1, &seq), 0);
	expect_frame(1, 1);
	expect_frame(2, 2);
	assert_int_equal(publish(0, claim(0, 0), 4, &seq), 0); /* the third is nobody's any more */
	expect_frame(3, 4);
}

static void test_a_frame_that_a_dead_member_was_taking_away_comes_back(void **state)
{
	(void)state;
	order_by_claims();
	struct ring_order_view order = ring_fixture_order(&fixture);
	uint64_t seq;
	unsigned slot = claim(0, 0);
	assert_int_equal(publish(0, slot, 1, &seq), 0);
	atomic_store(&order.state[slot], ring_state(RING_TRY, 1, 1));
	ring_order_sweep(&order, 0, true);
	assert_int_equal(atomic_load(&order.state[slot]), ring_state(RING_TRY, 1, 1));
	ring_order_sweep(&order, 1, true);
	expect_frame(1, 1);
}

static void test_a_member_that_is_gone_for_the_core_is_told(void **state)
{
	(void)state;
	order_by_claims();
	uint64_t seq;
	unsigned slot = claim(0, 0), other;
	atomic_store(&fixture.roster->writer[0], 0);
	assert_int_equal(publish(0, slot, 1, &seq), -EPIPE);
	assert_int_equal(ring_pool_claim(member[0], 0, 0, &other), -EPIPE);
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

static void test_hostile_words_end_no_loop(void **state)
{
	(void)state;
	order_by_group();
	struct ring_order_view order = ring_fixture_order(&fixture);
	atomic_store(&order.turns[1], ring_turn(1, RING_READY, 0x3fff)); /* a slot that is none */
	atomic_store(&order.turns[2], ring_turn(2, RING_READY, 0));      /* one that nobody claimed */
	ring_order_help(&order, NULL, 0);
	assert_int_equal(atomic_load(&fixture.control->turn), 2);
	atomic_store(&fixture.control->turn, RING_NEVER);
	ring_order_help(&order, &work, 0);
	ring_order_waiting(&order);
	ring_order_pass(&order, RING_NEVER);
	ring_order_sweep(&order, 0, true);
}

static void test_who_is_not_in_the_roster_cannot_join(void **state)
{
	(void)state;
	int fds[RING_FD_PAGES + LIMIT_READERS];
	struct ring_map *map;
	struct ring_writer *writer;
	atomic_store(&fixture.roster->writer[1], 0);
	assert_int_equal(ring_map_writer(fds, ring_fixture_fds(&fixture, -1, fds), &map), 0);
	ring_map_ref(map);
	assert_int_equal(ring_pool_join(map, 1, &writer), -EPROTO);
	assert_int_equal(ring_pool_join(map, MEMBERS, &writer), -EPROTO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_frames_appear_in_the_order_of_claims),
		TEST(test_a_cancelled_claim_leaves_no_hole),
		TEST(test_tickets_are_the_groups_frames),
		TEST(test_frames_of_which_nothing_comes_are_passed),
		TEST(test_the_first_ticket_is_the_oldest_frame_in_work),
		TEST(test_another_order_is_refused),
		TEST(test_a_turn_that_took_too_long_passes),
		TEST(test_one_slot_a_ticket),
		TEST(test_a_dead_members_ticket_is_opened_by_another),
		TEST(test_an_expelled_member_keeps_its_slot),
		TEST(test_what_a_dead_member_had_ready_appears),
		TEST(test_a_frame_that_a_dead_member_was_taking_away_comes_back),
		TEST(test_a_member_that_is_gone_for_the_core_is_told),
		TEST(test_the_turn_always_finds_a_slot),
		TEST(test_a_held_frame_is_not_taken),
		TEST(test_a_pinned_slot_is_not_taken),
		TEST(test_a_gate_stops_all_members),
		TEST(test_the_table_goes_round),
		TEST(test_a_ticket_too_far_ahead_waits),
		TEST(test_hostile_words_end_no_loop),
		TEST(test_who_is_not_in_the_roster_cannot_join),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
