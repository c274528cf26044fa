/* sizes.c: one thing behind the other, each at the begin of a cache line. */
#include "ring/sizes.h"
#include "ring/abi.h"

static size_t round_up(size_t size, size_t unit)
{
	return (size + unit - 1) / unit * unit;
}

struct ring_sizes ring_layout_sizes(const struct ring_layout *layout)
{
	struct ring_sizes sizes = {
		.user_stride = layout->info.media == FB_PACKET ? 0 : round_up(layout->info.max_metadata, 64)};
	sizes.state_offset = round_up(sizeof(struct ring_control), 64);
	sizes.index_offset = sizes.state_offset + round_up(layout->slots * sizeof(uint64_t), 64);
	sizes.meta_offset = sizes.index_offset + round_up(layout->index_size * sizeof(uint64_t), 64);
	sizes.user_offset = sizes.meta_offset + round_up(layout->slots * sizeof(struct ring_meta), 64);
	sizes.turns_offset = sizes.user_offset + layout->slots * sizes.user_stride;
	size_t turns = layout->max_writers > 1 ? RING_TURNS * sizeof(uint64_t) : 0;
	size_t pins = layout->max_writers > 1 ? layout->max_writers * ring_pin_words(layout->slots) : 0;
	sizes.pins_offset = sizes.turns_offset + turns;
	sizes.control = round_up(sizes.pins_offset + pins * sizeof(uint64_t), RING_PAGE_SIZE);
	sizes.data = round_up(ring_layout_data_bytes(layout), RING_PAGE_SIZE);
	return sizes;
}
