/* ring_hostile_test.c: what another process writes into its own part of a ring neither stops nor misleads this one. */
#include "base/clock.h"
#include "ring/hold.h"
#include "ring/reader.h"
#include "ring/writer.h"
#include "ring_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void begin_media(enum fb_media media)
{
	struct ring_layout layout = ring_fixture_layout(4, 3);
	layout.info.media = media;
	layout.info.sample_rate = 48000;
	layout.info.channels = 1;
	layout.info.planes = media == FB_PACKET ? 0 : 1;
	ring_begin(&layout);
}

static int begin(void **state)
{
	(void)state;
	begin_media(FB_VIDEO);
	return 0;
}

static int read_now(struct ring_reader *reader, struct ring_frame *ret_frame)
{
	return ring_reader_next(reader, 0, ret_frame);
}

/* ---- readers against the writer ---- */

static void test_holds_beyond_the_cap_do_not_count(void **state)
{
	(void)state;
	ring_fixture_place(&fixture, 0, FB_LATEST, 2);
	publish(4);
	for (unsigned i = 0; i < LIMIT_HELD; i++)
		atomic_store(&fixture.page[0]->holds[i], i % 4 + 1);
	unsigned slots[2];
	assert_int_equal(ring_writer_claim(writer, 0, &slots[0]), 0); /* slots 0 and 1 are held, 3 is the newest */
	assert_int_equal(slots[0], 2);
	assert_int_equal(ring_writer_claim(writer, 0, &slots[1]), -ETIMEDOUT);
}

static void test_roster_cap_beyond_the_page(void **state)
{
	(void)state;
	atomic_store(&fixture.roster->place[0], ring_place(1, UINT16_MAX, FB_LATEST, 1));
	publish(20);
}

static void test_holds_of_no_slot(void **state)
{
	(void)state;
	ring_fixture_place(&fixture, 0, FB_LATEST, 3);
	atomic_store(&fixture.page[0]->holds[0], 5);
	atomic_store(&fixture.page[0]->holds[1], UINT16_MAX);
	atomic_store(&fixture.page[0]->holds[2], 64 * 4 + 1);
	publish(20);
}

static void test_page_without_a_place(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		atomic_store(&fixture.page[1]->holds[i], i + 1);
	atomic_store(&fixture.page[1]->cursor, 1);
	atomic_store(&fixture.roster->place[1], ring_place(7, 4, FB_LOSSLESS, 0)); /* not active */
	publish(20);
}

static void test_reader_cannot_promote_itself(void **state)
{
	(void)state;
	ring_fixture_place(&fixture, 0, FB_LATEST, 2);
	atomic_store(&fixture.page[0]->cursor, 1);
	publish(20);
}

static void test_gate_not_yet_set(void **state)
{
	(void)state;
	ring_fixture_place(&fixture, 0, FB_LOSSLESS, 2);
	atomic_store(&fixture.page[0]->cursor, 0); /* as in a new page */
	publish(20);
}

static void test_gate_ahead_of_the_frames(void **state)
{
	(void)state;
	ring_fixture_place(&fixture, 0, FB_LOSSLESS, 2);
	atomic_store(&fixture.page[0]->cursor, RING_NEVER - 1);
	publish(20);
}

/* A gate that moves to and fro takes no frames: it is passed over all the same. */
static void test_gate_that_wobbles(void **state)
{
	(void)state;
	ring_writer_destroy(writer);
	ring_fixture_destroy(&fixture);
	struct ring_layout layout = ring_fixture_layout(4, 1);
	layout.lossless_timeout_ns = NS_PER_MS;
	ring_begin(&layout);
	ring_fixture_place(&fixture, 0, FB_LOSSLESS, 2);
	atomic_store(&fixture.page[0]->cursor, 2);
	publish(5);
	int64_t r;
	for (uint64_t i = 0; (r = ring_fixture_publish(writer)) == -ETIMEDOUT; i++)
		atomic_store(&fixture.page[0]->cursor, 1 + i % 2);
	assert_int_equal(r, 6);
}

/* ---- the writer against readers ---- */

static _Atomic uint64_t *index_of(uint64_t seq)
{
	return &ring_writer_map(writer)->index[seq & (fixture.layout.index_size - 1)];
}

static void test_index_names_no_slot(void **state)
{
	(void)state;
	struct ring_reader *ordered = reader_open(0, FB_ORDERED, 2);
	struct ring_reader *latest = reader_open(1, FB_LATEST, 2);
	struct ring_frame frame;
	publish(2);
	for (uint64_t seq = 1; seq <= 2; seq++) { /* behind the last slot's state is room for a few more words */
		atomic_store(index_of(seq), ring_index(seq, 3 + (unsigned)seq));
		atomic_store(&ring_writer_map(writer)->state[3 + seq], ring_state(RING_PUBLISHED, 0, seq));
	}
	assert_int_equal(read_now(latest, &frame), -ETIMEDOUT);
	assert_int_equal(ring_reader_at(ordered, 1000, 0, &frame), -ESTALE);
	assert_int_equal(read_now(ordered, &frame), -ETIMEDOUT);
	assert_int_equal(ring_reader_missed(ordered), 2);
	ring_reader_unref(ordered);
	ring_reader_unref(latest);
}

static void test_head_and_tail_from_nowhere(void **state)
{
	(void)state;
	struct ring_reader *ordered = reader_open(0, FB_ORDERED, 2);
	struct ring_reader *latest = reader_open(1, FB_LATEST, 2);
	struct ring_reader *lossless = reader_open(2, FB_LOSSLESS, 2);
	struct ring_frame frame, frames[2];
	unsigned count = 0;
	publish(1);
	atomic_store(&fixture.control->head, UINT64_MAX);
	for (int i = 0; i < 2; i++) {
		atomic_store(&fixture.control->tail, i ? 0 : UINT64_MAX);
		assert_int_equal(read_now(latest, &frame), -ETIMEDOUT);
		assert_int_equal(ring_reader_newest(latest, 2, 0, frames, &count), -ETIMEDOUT);
		assert_int_equal(ring_reader_at(latest, 1000, 0, &frame), -ESTALE);
	}
	assert_int_equal(read_now(ordered, &frame), 0); /* frame 1 is real */
	assert_int_equal(frame.seq, 1);
	ring_reader_unhold(ordered, frame.slot);
	assert_int_equal(read_now(ordered, &frame), -ETIMEDOUT);
	assert_int_equal(read_now(lossless, &frame), 0);
	ring_reader_unhold(lossless, frame.slot);
	assert_int_equal(read_now(lossless, &frame), -ETIMEDOUT);
	ring_reader_unref(ordered);
	ring_reader_unref(latest);
	ring_reader_unref(lossless);
}

static void test_head_that_goes_back(void **state)
{
	(void)state;
	struct ring_reader *latest = reader_open(0, FB_LATEST, 2);
	struct ring_frame frame;
	publish(3);
	assert_int_equal(read_now(latest, &frame), 0);
	atomic_store(&fixture.control->head, 1);
	struct ring_frame none;
	assert_int_equal(read_now(latest, &none), -ETIMEDOUT);
	ring_reader_unhold(latest, frame.slot);
	ring_reader_unref(latest);
}

static void test_last_frame_is_not_there(void **state)
{
	(void)state;
	struct ring_reader *latest = reader_open(0, FB_LATEST, 2);
	struct ring_frame frame, frames[2];
	unsigned count = 0;
	publish(2);
	atomic_store(index_of(2), 0);
	ring_writer_finish(writer);
	assert_int_equal(read_now(latest, &frame), -ENODATA);
	assert_int_equal(ring_reader_missed(latest), 2);
	assert_int_equal(ring_reader_newest(latest, 2, 0, frames, &count), -ENODATA);
	ring_reader_unref(latest);
}

/* A writer that was cut off published one more, which a reader found before it saw the end. */
static void test_frame_beyond_the_end(void **state)
{
	(void)state;
	struct ring_reader *ordered = reader_open(0, FB_ORDERED, 2);
	struct ring_frame frame;
	publish(3);
	atomic_store(&fixture.roster->final, 2);
	assert_int_equal(hold_take(ordered, 3, &frame), HOLD_OVER);
	assert_int_equal(atomic_load(&fixture.page[0]->holds[0]), 0);
	assert_int_equal(atomic_load(&fixture.page[0]->holds[1]), 0);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		assert_int_equal(read_now(ordered, &frame), 0);
		assert_int_equal(frame.seq, seq);
		ring_reader_unhold(ordered, frame.slot);
	}
	assert_int_equal(read_now(ordered, &frame), -ENODATA);
	assert_int_equal(ring_reader_position(ordered), 3);
	assert_int_equal(ring_reader_missed(ordered), 0);
	ring_reader_unref(ordered);
}

static void test_undecided_for_ever(void **state)
{
	(void)state;
	struct ring_reader *ordered = reader_open(0, FB_ORDERED, 2);
	struct ring_reader *lossless = reader_open(1, FB_LOSSLESS, 2);
	struct ring_frame frame;
	publish(1);
	unsigned slot = ring_index_slot(atomic_load(index_of(1)));
	atomic_store(&ring_writer_map(writer)->state[slot], ring_state(RING_TRY, 0, 1));
	assert_int_equal(ring_reader_next(lossless, clock_deadline(NS_PER_MS), &frame), -ETIMEDOUT);
	assert_int_equal(read_now(ordered, &frame), -ETIMEDOUT);
	assert_int_equal(ring_reader_missed(ordered), 1);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 0; k < LIMIT_HELD; k++)
			assert_int_equal(atomic_load(&fixture.page[i]->holds[k]), 0);
	ring_reader_unref(ordered);
	ring_reader_unref(lossless);
}

static void test_metadata_longer_than_its_room(void **state)
{
	(void)state;
	struct ring_reader *latest = reader_open(0, FB_LATEST, 2);
	struct ring_frame frame;
	publish(1);
	ring_writer_map(writer)->meta[ring_index_slot(atomic_load(index_of(1)))].metadata_size = UINT32_MAX;
	assert_int_equal(read_now(latest, &frame), 0);
	assert_int_equal(frame.meta.metadata_size, fixture.layout.info.max_metadata);
	ring_reader_unhold(latest, frame.slot);
	ring_reader_unref(latest);
}

static void test_more_samples_than_rows(void **state)
{
	(void)state;
	begin_media(FB_AUDIO);
	struct ring_reader *latest = reader_open(0, FB_LATEST, 2);
	struct ring_frame frame;
	publish(1);
	ring_writer_map(writer)->meta[ring_index_slot(atomic_load(index_of(1)))].samples = UINT32_MAX;
	assert_int_equal(read_now(latest, &frame), 0);
	assert_int_equal(frame.meta.samples, fixture.layout.info.plane[0].rows);
	ring_reader_unhold(latest, frame.slot);
	ring_reader_unref(latest);
}

static void packet_expect(struct ring_reader *reader, uint64_t offset, uint32_t size, bool good)
{
	uint64_t seq = 0;
	struct ring_packet packet = {.data = "x", .meta = {.size = 1}};
	struct ring_frame frame;
	assert_int_equal(ring_writer_publish_packet(writer, &packet, 0, &seq), 0);
	struct ring_meta *meta = &ring_writer_map(writer)->meta[ring_index_slot(atomic_load(index_of(seq)))];
	*meta = (struct ring_meta){.offset = offset, .size = size};
	assert_int_equal(read_now(reader, &frame), 0);
	assert_int_equal(frame.meta.size, good ? size : 0);
	assert_ptr_equal(frame.data, ring_reader_map(reader)->data + (good ? offset : 0));
	ring_reader_unhold(reader, frame.slot);
}

static void test_packet_outside_the_data(void **state)
{
	(void)state;
	begin_media(FB_PACKET);
	struct ring_reader *reader = reader_open(0, FB_ORDERED, 2);
	packet_expect(reader, 100, 1000, true);
	packet_expect(reader, 0, RING_PAGE_SIZE, true);
	packet_expect(reader, RING_PAGE_SIZE, 1, false);
	packet_expect(reader, RING_PAGE_SIZE - 1, 2, false);
	packet_expect(reader, RING_PAGE_SIZE + 1, 1, false);
	packet_expect(reader, UINT64_MAX, UINT32_MAX, false);
	packet_expect(reader, 0, UINT32_MAX, false);
	ring_reader_unref(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_holds_beyond_the_cap_do_not_count, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_roster_cap_beyond_the_page, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_holds_of_no_slot, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_page_without_a_place, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_reader_cannot_promote_itself, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_gate_not_yet_set, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_gate_ahead_of_the_frames, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_last_frame_is_not_there, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_gate_that_wobbles, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_index_names_no_slot, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_head_and_tail_from_nowhere, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_head_that_goes_back, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_frame_beyond_the_end, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_undecided_for_ever, begin, ring_end),
		cmocka_unit_test_setup_teardown(test_metadata_longer_than_its_room, begin, ring_end),
		cmocka_unit_test_teardown(test_more_samples_than_rows, ring_end),
		cmocka_unit_test_teardown(test_packet_outside_the_data, ring_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
