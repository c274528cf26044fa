/* ring_layout_test.c: a layout from elsewhere is believed only within the limits. */
#include "ring/abi.h"
#include "support/ring_fixture.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_good_layout(void **state)
{
	(void)state;
	struct ring_layout layout = ring_fixture_layout(4, 2);
	assert_int_equal(ring_layout_check(&layout), 0);
}

/* Each line changes one number of a good layout into one that must be refused. */
#define REFUSED(change)                                                                                                \
	do {                                                                                                           \
		struct ring_layout layout = ring_fixture_layout(4, 2);                                                 \
		change;                                                                                                \
		if (ring_layout_check(&layout) != -EINVAL)                                                             \
			fail_msg("not refused: %s", #change);                                                          \
	} while (0)

static void test_numbers_out_of_range(void **state)
{
	(void)state;
	REFUSED(layout.info.media = 7);
	REFUSED(layout.info.width = 0);
	REFUSED(layout.info.height = LIMIT_DIMENSION + 1);
	REFUSED(layout.info.planes = 0);
	REFUSED(layout.info.planes = LIMIT_PLANES + 1);
	REFUSED(layout.info.depth = 0);
	REFUSED(layout.info.depth = 4);
	REFUSED(layout.info.max_metadata = LIMIT_METADATA + 1);
	REFUSED(layout.info.slot_bytes = 0);
	REFUSED(layout.info.slot_bytes = 513);
	REFUSED(layout.info.slot_bytes = LIMIT_SLOT_BYTES + 64);
	REFUSED(layout.info.slot_bytes = UINT64_MAX - 63);
	REFUSED(layout.first = 0);
	REFUSED(layout.first = RING_SEQ_MAX + 1);
	REFUSED(layout.slots = 1);
	REFUSED(layout.slots = LIMIT_SLOTS + 1);
	REFUSED(layout.index_size = 2);
	REFUSED(layout.index_size = 6);
	REFUSED(layout.index_size = 4 * LIMIT_SLOTS);
	REFUSED(layout.max_readers = 0);
	REFUSED(layout.max_readers = LIMIT_READERS + 1);
	REFUSED(layout.max_held = 0);
	REFUSED(layout.max_held = LIMIT_HELD + 1);
	REFUSED(layout.lossless_timeout_ns = -1);
	REFUSED(layout.max_writers = 0);
	REFUSED(layout.max_writers = LIMIT_WRITERS + 1);
	REFUSED(layout.max_writers = 2); /* for whom the slots are too few */
}

static void test_all_slots_together(void **state)
{
	(void)state;
	REFUSED({
		layout.slots = LIMIT_SLOTS;
		layout.index_size = ring_index_size(LIMIT_SLOTS);
		layout.info.slot_bytes = LIMIT_RING_BYTES / LIMIT_SLOTS + 64;
	});
}

static void test_planes_outside_the_slot(void **state)
{
	(void)state;
	REFUSED(layout.plane_offset[0] = 1);
	REFUSED(layout.plane_offset[0] = UINT32_MAX);
	REFUSED(layout.linesize[0] = 63);
	REFUSED(layout.linesize[0] = -64);
	REFUSED(layout.linesize[0] = INT32_MAX);
	REFUSED(layout.info.plane[0].rows = 9);
	REFUSED(layout.info.plane[0].rows = UINT32_MAX);
	REFUSED(layout.info.plane[0].rows = 0);
	REFUSED(layout.info.plane[0].row_bytes = 65);
	REFUSED(layout.info.plane[0].components = 0);
	REFUSED(layout.info.plane[0].sample_bytes = 0);
	REFUSED(layout.info.planes = 2);
}

static void test_names_without_end(void **state)
{
	(void)state;
	REFUSED(memset(layout.info.format, 'x', sizeof layout.info.format));
	REFUSED(memset(layout.info.color_space, 'x', sizeof layout.info.color_space));
	REFUSED(memset(layout.info.color_range, 'x', sizeof layout.info.color_range));
}

static void test_other_media(void **state)
{
	(void)state;
	struct ring_layout audio = ring_fixture_layout(4, 2);
	audio.info.media = FB_AUDIO;
	assert_int_equal(ring_layout_check(&audio), -EINVAL);
	audio.info.sample_rate = 48000;
	audio.info.channels = 2;
	assert_int_equal(ring_layout_check(&audio), 0);
	struct ring_layout packets = ring_fixture_layout(4, 2);
	packets.info.media = FB_PACKET;
	assert_int_equal(ring_layout_check(&packets), -EINVAL);
	packets.info.planes = 0;
	assert_int_equal(ring_layout_check(&packets), 0);
	packets.slots = LIMIT_PACKETS;
	packets.index_size = ring_index_size(LIMIT_PACKETS);
	packets.info.slot_bytes = LIMIT_RING_BYTES;
	assert_int_equal(ring_layout_check(&packets), 0);
	assert_true(ring_layout_sizes(&packets).data == LIMIT_RING_BYTES);
	packets.info.slot_bytes += 64;
	assert_int_equal(ring_layout_check(&packets), -EINVAL);
	packets.info.slot_bytes = 64;
	packets.slots++;
	assert_int_equal(ring_layout_check(&packets), -EINVAL);
}

static void test_sizes(void **state)
{
	(void)state;
	struct ring_layout layout = ring_fixture_layout(5, 2);
	struct ring_sizes sizes = ring_layout_sizes(&layout);
	assert_int_equal(layout.index_size, 8);
	assert_true(sizes.state_offset >= sizeof(struct ring_control));
	assert_true(sizes.index_offset >= sizes.state_offset + 5 * sizeof(uint64_t));
	assert_true(sizes.meta_offset >= sizes.index_offset + 8 * sizeof(uint64_t));
	assert_true(sizes.user_offset >= sizes.meta_offset + 5 * sizeof(struct ring_meta));
	assert_true(sizes.control >= sizes.user_offset + 5 * sizes.user_stride);
	assert_true(sizes.user_stride >= layout.info.max_metadata);
	assert_int_equal(sizes.control % RING_PAGE_SIZE, 0);
	assert_int_equal(sizes.data, RING_PAGE_SIZE);
	layout = ring_fixture_layout(8, 2); /* 8 x 512 bytes: code that reads whole vectors goes a little further */
	sizes = ring_layout_sizes(&layout);
	assert_int_equal(sizes.data, 2 * RING_PAGE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_layout),
		cmocka_unit_test(test_numbers_out_of_range),
		cmocka_unit_test(test_all_slots_together),
		cmocka_unit_test(test_planes_outside_the_slot),
		cmocka_unit_test(test_names_without_end),
		cmocka_unit_test(test_other_media),
		cmocka_unit_test(test_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
