/* ring_layout.c: a layout made of any bytes. Where it is taken for one, everything that it implies lies inside the
 * objects whose sizes it implies. */
#include "fuzz/input.h"
#include "ring/abi.h"
#include "ring/layout.h"
#include "ring/sizes.h"

static void check_sizes(const struct ring_layout *layout)
{
	struct ring_sizes sizes = ring_layout_sizes(layout);
	size_t slots = layout->slots;
	FUZZ_CHECK(sizes.control < (size_t)1 << 40 && sizes.data <= LIMIT_RING_BYTES);
	FUZZ_CHECK(sizes.state_offset >= sizeof(struct ring_control));
	FUZZ_CHECK(sizes.state_offset + slots * sizeof(uint64_t) <= sizes.index_offset);
	FUZZ_CHECK(sizes.index_offset + layout->index_size * sizeof(uint64_t) <= sizes.meta_offset);
	FUZZ_CHECK(sizes.meta_offset + slots * sizeof(struct ring_meta) <= sizes.user_offset);
	FUZZ_CHECK(sizes.user_offset + slots * sizes.user_stride <= sizes.control);
	if (layout->info.media != FB_PACKET) {
		FUZZ_CHECK(sizes.user_stride >= layout->info.max_metadata);
		FUZZ_CHECK(slots * layout->info.slot_bytes <= sizes.data);
	} else {
		FUZZ_CHECK(sizes.data >= layout->info.slot_bytes);
	}
	if (layout->max_writers > 1)
		FUZZ_CHECK(sizes.turns_offset + RING_TURNS * sizeof(uint64_t) <= sizes.pins_offset &&
			   sizes.pins_offset + (size_t)layout->max_writers * ring_pin_words(layout->slots) * 8 <=
				   sizes.control);
	FUZZ_CHECK((layout->index_size & (layout->index_size - 1)) == 0 && layout->index_size >= slots);
}

static void check_planes(const struct ring_layout *layout)
{
	for (unsigned i = 0; i < layout->info.planes; i++) {
		const struct fb_plane *plane = &layout->info.plane[i];
		uint64_t last = layout->plane_offset[i] + (uint64_t)(plane->rows - 1) * (uint64_t)layout->linesize[i];
		FUZZ_CHECK(layout->linesize[i] >= 0 && last + plane->row_bytes <= layout->info.slot_bytes);
	}
}

/* Numbers of a layout that is good, in place of some of those in the input: else nothing gets past the first check. */
static void mend(struct ring_layout *layout, uint16_t choice)
{
	struct fb_stream_info *info = &layout->info;
	if (choice & 1)
		info->media = (enum fb_media)(info->media % 3);
	if (choice & 2)
		info->planes = info->media == FB_PACKET ? 0 : info->media == FB_AUDIO ? 1 : 1 + info->planes % 4;
	if (choice & 4) {
		info->width = info->width % LIMIT_DIMENSION + 1;
		info->height = info->height % LIMIT_DIMENSION + 1;
		info->sample_rate = info->sample_rate % 192000 + 1;
		info->channels = info->channels % 64 + 1;
	}
	if (choice & 8) {
		info->format[sizeof info->format - 1] = info->color_space[sizeof info->color_space - 1] = 0;
		info->color_range[sizeof info->color_range - 1] = 0;
	}
	if (choice & 16) {
		layout->slots = layout->slots % LIMIT_SLOTS + 2;
		layout->index_size = ring_index_size(layout->slots);
		info->depth = info->depth % (layout->slots - 1) + 1;
	}
	if (choice & 32) {
		layout->first = layout->first % RING_SEQ_MAX + 1;
		layout->max_readers = layout->max_readers % LIMIT_READERS + 1;
		layout->max_held = layout->max_held % LIMIT_HELD + 1;
		layout->max_writers = choice & 64 ? layout->max_writers % LIMIT_WRITERS + 1 : 1;
		info->max_metadata %= LIMIT_METADATA + 1;
		layout->lossless_timeout_ns &= INT64_MAX;
	}
	if (choice & 128)
		info->slot_bytes = info->slot_bytes % LIMIT_SLOT_BYTES / 64 * 64 + 64;
	for (unsigned i = 0; i < LIMIT_PLANES && choice & 256; i++) {
		info->plane[i].rows = info->plane[i].rows % LIMIT_DIMENSION + 1;
		info->plane[i].row_bytes = info->plane[i].row_bytes % (2 * LIMIT_DIMENSION) + 1;
		info->plane[i].components |= 1;
		info->plane[i].sample_bytes = (uint16_t)(info->plane[i].sample_bytes % 16 + 1);
		layout->linesize[i] &= 0xffff;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct ring_layout layout;
	uint16_t choice = input_u16(&input);
	input_take(&input, &layout, sizeof layout);
	mend(&layout, choice);
	if (ring_layout_check(&layout) < 0)
		return 0;
	check_sizes(&layout);
	check_planes(&layout);
	FUZZ_CHECK(ring_layout_alike(&layout.info, &layout.info));
	return 0;
}
