/* Tests of ring/packets.c: packets of any size in one byte ring, given back in order. */
#include "base/clock.h"
#include "base/error.h"
#include "support/ring_fixture.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RING_BYTES 4096
#define LARGEST (RING_BYTES / 3 / 64 * 64)

static struct ring_fixture fixture;
static struct ring_writer *writer;

static void begin_with(unsigned slots)
{
	struct ring_layout layout = ring_fixture_packet_layout(slots, 2);
	layout.info.max_metadata = 1000;
	layout.info.slot_bytes = RING_BYTES;
	ring_fixture_create(&fixture, &layout);
	writer = ring_fixture_writer(&fixture);
}

static int begin(void **state)
{
	(void)state;
	begin_with(64);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ring_writer_destroy(writer);
	ring_fixture_destroy(&fixture);
	return 0;
}

/* One that may hold nothing. */
static struct ring_reader *copying_reader(unsigned number, enum fb_mode mode)
{
	ring_fixture_place(&fixture, number, mode, 0);
	return ring_fixture_reader(&fixture, number, 0);
}

static struct ring_reader *reader_open(unsigned number, enum fb_mode mode)
{
	ring_fixture_place(&fixture, number, mode, 4);
	return ring_fixture_reader(&fixture, number, 0);
}

static uint8_t byte_of(uint64_t seq, size_t i)
{
	return (uint8_t)(seq * 31 + i * 7 + i / 256);
}

/* A packet and its metadata, all bytes made of the number that it should get. */
static int publish_until(uint64_t seq, uint32_t size, uint32_t metadata_size, int64_t deadline_ns)
{
	uint8_t data[RING_BYTES], metadata[RING_BYTES];
	for (size_t i = 0; i < RING_BYTES; i++) {
		data[i] = byte_of(seq, i);
		metadata[i] = byte_of(seq + 100, i);
	}
	struct ring_packet packet = {.meta = {.pts_ns = (int64_t)seq,
					      .dts_ns = -(int64_t)seq,
					      .size = size,
					      .track = 3,
					      .metadata_size = metadata_size},
				     .data = data,
				     .metadata = metadata};
	uint64_t got = 0;
	int r = ring_writer_publish_packet(writer, &packet, deadline_ns, &got);
	if (r == 0)
		assert_int_equal(got, seq);
	return r;
}

static int publish(uint64_t seq, uint32_t size, uint32_t metadata_size)
{
	return publish_until(seq, size, metadata_size, 0);
}

static void expect(struct ring_reader *reader, struct ring_frame *ret_frame, uint64_t seq, uint32_t size,
		   uint32_t metadata_size)
{
	assert_int_equal(ring_reader_next(reader, 0, ret_frame), 0);
	assert_int_equal(ret_frame->seq, seq);
	assert_int_equal(ret_frame->meta.size, size);
	assert_int_equal(ret_frame->meta.metadata_size, metadata_size);
	assert_int_equal(ret_frame->meta.pts_ns, seq);
	assert_int_equal(ret_frame->meta.dts_ns, -(int64_t)seq);
	assert_int_equal(ret_frame->meta.track, 3);
	const uint8_t *metadata = ret_frame->metadata;
	for (size_t i = 0; i < size; i++)
		assert_int_equal(ret_frame->data[i], byte_of(seq, i));
	for (size_t i = 0; i < metadata_size; i++)
		assert_int_equal(metadata[i], byte_of(seq + 100, i));
}

static void test_sizes_and_metadata(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {1, 64, 0, 1000, 63, 65, LARGEST};
	static const uint32_t metadata[] = {0, 1, 100, 0, 64, 300, 0};
	struct ring_reader *reader = reader_open(0, FB_ORDERED);
	for (unsigned i = 0; i < 7; i++) {
		struct ring_frame frame;
		assert_int_equal(publish(i + 1, sizes[i], metadata[i]), 0);
		expect(reader, &frame, i + 1, sizes[i], metadata[i]);
		assert_int_equal((uintptr_t)frame.data % 64, 0);
		ring_reader_unhold(reader, frame.slot);
	}
	ring_reader_unref(reader);
}

/* Many rounds with sizes that do not divide the ring: each packet is read intact before the next one is written, and
 * nothing fails, the largest ones beside one another included. */
static void test_wraps(void **state)
{
	(void)state;
	struct ring_reader *reader = reader_open(0, FB_ORDERED);
	uint32_t size = 1;
	for (uint64_t seq = 1; seq <= 5000; seq++) {
		struct ring_frame frame;
		size = seq % 5 == 0 || seq % 7 == 0 ? LARGEST : (size * 37 + 11) % LARGEST;
		uint32_t front = size > LARGEST - 64 ? 0 : seq % 64;
		assert_int_equal(publish(seq, size, front), 0);
		expect(reader, &frame, seq, size, front);
		ring_reader_unhold(reader, frame.slot);
	}
	assert_int_equal(ring_reader_missed(reader), 0);
	ring_reader_unref(reader);
}

/* What is in the window is intact, and the window begins where packets are still there. */
static void test_window(void **state)
{
	(void)state;
	struct ring_reader *reader = reader_open(0, FB_ORDERED);
	for (uint64_t seq = 1; seq <= 100; seq++)
		assert_int_equal(publish(seq, 200, 0), 0); /* 256 bytes each: 16 fit */
	assert_int_equal(atomic_load(&fixture.control->tail), 85);
	for (uint64_t seq = 85; seq <= 100; seq++) {
		struct ring_frame frame;
		expect(reader, &frame, seq, 200, 0);
		assert_int_equal(frame.missed, seq == 85 ? 84 : 0);
		ring_reader_unhold(reader, frame.slot);
	}
	ring_reader_unref(reader);
}

/* Back to the oldest packet; not for a reader that others wait for. */
static void test_rewind(void **state)
{
	(void)state;
	struct ring_frame frame;
	for (uint64_t seq = 1; seq <= 100; seq++)
		assert_int_equal(publish(seq, 200, 0), 0);
	struct ring_reader *reader = reader_open(0, FB_ORDERED), *lossless = reader_open(1, FB_LOSSLESS);
	ring_reader_rewind(reader);
	ring_reader_rewind(lossless);
	expect(reader, &frame, 85, 200, 0);
	assert_int_equal(frame.missed, 0);
	ring_reader_unhold(reader, frame.slot);
	expect(lossless, &frame, 100, 200, 0);
	ring_reader_unhold(lossless, frame.slot);
	ring_reader_unref(reader);
	ring_reader_unref(lossless);
}

static void test_few_slots(void **state)
{
	(void)state;
	begin_with(4);
	struct ring_reader *reader = reader_open(0, FB_ORDERED);
	struct ring_frame frame;
	for (uint64_t seq = 1; seq <= 9; seq++)
		assert_int_equal(publish(seq, 10, 0), 0);
	expect(reader, &frame, 6, 10, 0);
	ring_reader_unhold(reader, frame.slot);
	ring_reader_unref(reader);
}

static void test_a_held_one_stops_the_freeing(void **state)
{
	(void)state;
	struct ring_reader *reader = reader_open(0, FB_ORDERED);
	struct ring_frame frame, later;
	uint64_t seq = 1;
	assert_int_equal(publish(seq, 500, 20), 0);
	expect(reader, &frame, 1, 500, 20);
	while (publish(seq + 1, 500, 0) == 0)
		seq++;
	assert_int_equal(seq, 7); /* the rest of the ring, then no more */
	assert_int_equal(publish(seq + 1, 500, 0), -ETIMEDOUT);
	for (size_t i = 0; i < 500; i++)
		assert_int_equal(frame.data[i], byte_of(1, i));
	expect(reader, &later, 2, 500, 0);
	ring_reader_unhold(reader, frame.slot);
	assert_int_equal(publish(seq + 1, 500, 0), 0); /* up to the one that is held now */
	assert_int_equal(publish(seq + 2, 500, 0), -ETIMEDOUT);
	ring_reader_unhold(reader, later.slot);
	assert_int_equal(publish(seq + 2, 500, 0), 0);
	ring_reader_unref(reader);
}

static void test_lossless_gate(void **state)
{
	(void)state;
	struct ring_reader *reader = reader_open(0, FB_LOSSLESS);
	uint64_t seq = 0;
	while (publish(seq + 1, 300, 0) == 0)
		seq++;
	assert_in_range(seq, 10, 20);
	for (uint64_t next = 1; next <= 200; next++) {
		struct ring_frame frame;
		assert_int_equal(publish(seq + 1, 300, 0), -ETIMEDOUT);
		expect(reader, &frame, next, 300, 0);
		assert_int_equal(publish(seq + 1, 300, 0), -ETIMEDOUT); /* no longer wanted, but held */
		ring_reader_unhold(reader, frame.slot);
		assert_int_equal(publish(++seq, 300, 0), 0);
	}
	assert_int_equal(ring_reader_missed(reader), 0);
	ring_reader_unref(reader);
}

/* Nothing that such a reader does or writes keeps the writer from going on, and its copies are its own. */
static void test_copies(void **state)
{
	(void)state;
	struct ring_reader *reader = copying_reader(0, FB_ORDERED);
	struct ring_frame frames[100];
	for (unsigned i = 0; i < LIMIT_HELD; i++)
		atomic_store(&fixture.page[0]->holds[i], (uint16_t)(i + 1));
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(publish(i + 1, 900, 20), 0);
		expect(reader, &frames[i], i + 1, 900, 20);
		assert_non_null(frames[i].copy);
	}
	for (unsigned i = 0; i < 100; i++) {
		for (size_t k = 0; k < 900; k++)
			assert_int_equal(frames[i].data[k], byte_of(i + 1, k));
		ring_reader_release(reader, &frames[i]);
	}
	ring_reader_unref(reader);
}

/* Looking back and batches copy, too; what is gone is gone. */
static void test_copies_of_the_window(void **state)
{
	(void)state;
	struct ring_reader *reader = copying_reader(0, FB_LATEST);
	struct ring_frame frames[4], frame;
	unsigned count = 0;
	for (unsigned i = 1; i <= 20; i++)
		assert_int_equal(publish(i, 900, 0), 0);
	assert_int_equal(ring_reader_at(reader, 19, 0, &frame), 0);
	assert_int_equal(frame.data[5], byte_of(19, 5));
	ring_reader_release(reader, &frame);
	assert_int_equal(ring_reader_at(reader, 3, 0, &frame), -ESTALE);
	assert_int_equal(ring_reader_newest(reader, 4, 0, frames, &count), 0);
	assert_in_range(count, 2, 4);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(frames[i].seq, 21 - count + i);
		assert_int_equal(frames[i].data[5], byte_of(frames[i].seq, 5));
		ring_reader_release(reader, &frames[i]);
	}
	ring_reader_unref(reader);
}

/* For whom the writer waits has no use for copies. */
static void test_who_may_not_copy(void **state)
{
	(void)state;
	struct ring_map *map = NULL;
	struct ring_reader *reader = NULL;
	int fds[RING_FD_PAGES + LIMIT_READERS];
	ring_fixture_place(&fixture, 0, FB_LOSSLESS, 0);
	assert_int_equal(ring_map_reader(fds, ring_fixture_fds(&fixture, 0, fds), 0, &map), 0);
	assert_int_equal(ring_reader_create(map, 0, 0, &reader), -EPROTO);
}

static void test_too_large(void **state)
{
	(void)state;
	assert_int_equal(publish(1, LARGEST + 1, 0), -EMSGSIZE);
	assert_non_null(strstr(error_text(), "a third"));
	assert_int_equal(publish(1, LARGEST, 1), -EMSGSIZE);
	assert_int_equal(publish(1, UINT32_MAX, 0), -EMSGSIZE);
	assert_int_equal(publish(1, 10, 1001), -EMSGSIZE);
	assert_non_null(strstr(error_text(), "metadata"));
	assert_int_equal(publish(1, LARGEST, 0), 0);
}

static void *publish_many(void *unused)
{
	(void)unused;
	static const uint8_t bytes[400];
	uint64_t seq = 0;
	for (unsigned i = 0; i < 20000; i++) {
		struct ring_packet packet = {.meta = {.size = 1 + i % sizeof bytes}, .data = bytes};
		assert_int_equal(ring_writer_publish_packet(writer, &packet, 0, &seq), 0);
	}
	return NULL;
}

/* Sound and pictures come from two threads: slots and sequence numbers stay in the same order, so the window is whole.
 */
static void test_two_threads(void **state)
{
	(void)state;
	pthread_t threads[2];
	struct ring_frame frame;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, publish_many, NULL), 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&fixture.control->head), 40000);
	struct ring_reader *reader = reader_open(0, FB_ORDERED);
	uint64_t tail = atomic_load(&fixture.control->tail);
	assert_in_range(tail, 39900, 39995);
	ring_reader_rewind(reader);
	for (uint64_t seq = tail; seq <= 40000; seq++) {
		assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
		assert_int_equal(frame.seq, seq);
		ring_reader_unhold(reader, frame.slot);
	}
	ring_reader_unref(reader);
}

static void test_after_the_end(void **state)
{
	(void)state;
	assert_int_equal(publish(1, 10, 0), 0);
	ring_writer_finish(writer);
	assert_int_equal(publish(2, 10, 0), -EPIPE);
}

/* A lying writer: metadata that would begin before the ring. */
static void test_metadata_before_the_data(void **state)
{
	(void)state;
	struct ring_reader *reader = reader_open(0, FB_LATEST);
	struct ring_frame frame;
	assert_int_equal(publish(1, 10, 20), 0);
	struct ring_meta *meta = &ring_writer_map(writer)->meta[0];
	assert_int_equal(meta->offset, 64);
	meta->metadata_size = 65;
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	assert_int_equal(frame.meta.metadata_size, 0);
	assert_int_equal(frame.meta.size, 10);
	ring_reader_unhold(reader, frame.slot);
	assert_int_equal(publish(2, 10, 20), 0);
	ring_writer_map(writer)->meta[1].offset = RING_BYTES;
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	assert_int_equal(frame.meta.metadata_size, 0);
	assert_int_equal(frame.meta.size, 0);
	assert_ptr_equal(frame.data, ring_reader_map(reader)->data);
	ring_reader_unhold(reader, frame.slot);
	ring_reader_unref(reader);
}

static void test_frames_and_packets_do_not_mix(void **state)
{
	(void)state;
	unsigned slot = 0;
	uint64_t seq = 0;
	struct ring_packet packet = {.data = "x", .meta = {.size = 1}};
	assert_int_equal(ring_writer_claim(writer, 0, &slot), -EINVAL);
	ring_writer_destroy(writer);
	ring_fixture_destroy(&fixture);
	struct ring_layout layout = ring_fixture_layout(4, 1);
	ring_fixture_create(&fixture, &layout);
	writer = ring_fixture_writer(&fixture);
	assert_int_equal(ring_writer_publish_packet(writer, &packet, 0, &seq), -EINVAL);
	layout = ring_fixture_packet_layout(64, 2);
	layout.max_writers = 2; /* of packets there is one */
	assert_int_equal(ring_layout_check(&layout), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sizes_and_metadata, begin, end),
		cmocka_unit_test_setup_teardown(test_wraps, begin, end),
		cmocka_unit_test_setup_teardown(test_window, begin, end),
		cmocka_unit_test_setup_teardown(test_rewind, begin, end),
		cmocka_unit_test_teardown(test_few_slots, end),
		cmocka_unit_test_setup_teardown(test_a_held_one_stops_the_freeing, begin, end),
		cmocka_unit_test_setup_teardown(test_lossless_gate, begin, end),
		cmocka_unit_test_setup_teardown(test_copies, begin, end),
		cmocka_unit_test_setup_teardown(test_copies_of_the_window, begin, end),
		cmocka_unit_test_setup_teardown(test_who_may_not_copy, begin, end),
		cmocka_unit_test_setup_teardown(test_too_large, begin, end),
		cmocka_unit_test_setup_teardown(test_two_threads, begin, end),
		cmocka_unit_test_setup_teardown(test_after_the_end, begin, end),
		cmocka_unit_test_setup_teardown(test_metadata_before_the_data, begin, end),
		cmocka_unit_test_setup_teardown(test_frames_and_packets_do_not_mix, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
