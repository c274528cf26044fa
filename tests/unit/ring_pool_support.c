/* ring_pool_support.c: see the header. */
#include "ring_pool_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct ring_fixture fixture;
struct ring_writer *member[MEMBERS];
struct ring_reader *reader;
struct ring_work_view work;

int pool_begin(void **state)
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

int pool_end(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MEMBERS; i++)
		ring_writer_destroy(member[i]);
	ring_reader_unref(reader);
	ring_fixture_destroy(&fixture);
	return 0;
}

void order_by_claims(void)
{
	for (unsigned i = 0; i < MEMBERS; i++)
		assert_int_equal(ring_pool_bind(member[i], 0, NULL), 0);
}

void order_by_group(void)
{
	work = ring_fixture_group(&fixture, GROUP, FB_ORDERED);
	for (unsigned i = 0; i < MEMBERS; i++)
		assert_int_equal(ring_pool_bind(member[i], 7, &work), 0);
}

void settle(uint64_t seq, enum ring_work kind)
{
	assert_true(ring_work_swap(&work, seq, ring_work_load(&work, seq), ring_work(seq, kind, 0, 0)));
}

unsigned claim(unsigned number, uint64_t ticket)
{
	unsigned slot = 0;
	assert_int_equal(ring_pool_claim(member[number], ticket, 0, &slot), 0);
	return slot;
}

int publish(unsigned number, unsigned slot, int64_t pts_ns, uint64_t *ret_seq)
{
	struct ring_meta meta = {.pts_ns = pts_ns};
	return ring_pool_publish(member[number], slot, &meta, NULL, ret_seq);
}

void expect_frame(uint64_t seq, int64_t pts_ns)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	assert_int_equal(frame.seq, seq);
	assert_int_equal(frame.meta.pts_ns, pts_ns);
	assert_int_equal(frame.missed, 0);
	ring_reader_unhold(reader, frame.slot);
}

void expect_nothing(void)
{
	struct ring_frame frame;
	assert_int_equal(ring_reader_next(reader, 0, &frame), -ETIMEDOUT);
}

unsigned count_claimed(void)
{
	struct ring_order_view order = ring_fixture_order(&fixture);
	unsigned count = 0;
	for (unsigned slot = 0; slot < order.slots; slot++)
		count += ring_state_kind(atomic_load(&order.state[slot])) == RING_CLAIMED;
	return count;
}
