/* ring_pool_death_test.c: members of a pool that die, are taken for dead, or lie. */
#include "ring_pool_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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
#define TEST(name) cmocka_unit_test_setup_teardown(name, pool_begin, pool_end)
	const struct CMUnitTest tests[] = {
		TEST(test_a_dead_members_ticket_is_opened_by_another),
		TEST(test_an_expelled_member_keeps_its_slot),
		TEST(test_what_a_dead_member_had_ready_appears),
		TEST(test_a_frame_that_a_dead_member_was_taking_away_comes_back),
		TEST(test_a_member_that_is_gone_for_the_core_is_told),
		TEST(test_hostile_words_end_no_loop),
		TEST(test_who_is_not_in_the_roster_cannot_join),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
