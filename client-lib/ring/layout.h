/* layout.h: what one generation of a stream looks like in memory: its format, its slots and where each plane lies.
 *
 * The core fills a layout in, once a generation, and keeps it in the roster, which nobody else can write. Whoever maps
 * a generation copies the layout, checks the copy and uses only that. */
#ifndef FRAMEBROKER_RING_LAYOUT_H
#define FRAMEBROKER_RING_LAYOUT_H
#include "base/limits.h"
#include <assert.h>
#include <framebroker.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_SEQ_MAX ((UINT64_C(1) << 48) - 1)

struct ring_layout {
	struct fb_stream_info info; /* slot_bytes: from one slot's data to the next; packets: of the whole byte ring;
				     * a multiple of 64 */
	uint64_t first;             /* sequence number of the generation's first frame, from 1 */
	uint32_t slots;             /* depth + spare + what the writer claims at once */
	uint32_t index_size;        /* a power of two >= slots */
	uint32_t max_readers;
	uint32_t max_held;    /* the most that one reader may ask for */
	uint32_t max_writers; /* 1: one writer; more: a pool */
	uint32_t reserved;
	uint32_t plane_offset[LIMIT_PLANES]; /* bytes from the start of a slot's data */
	int32_t linesize[LIMIT_PLANES];      /* bytes, >= plane[i].row_bytes */
	int64_t lossless_timeout_ns; /* a lossless reader that rests so long while the writer waits is passed over */
};
static_assert(sizeof(struct ring_layout) == 328, "part of the shared-memory ABI");

/* 0, or -EINVAL with error text. Checked: every number is within limits.h, every plane inside its slot, and no size
 * overflows. */
int ring_layout_check(const struct ring_layout *layout);

/* Whether frames of one look like frames of the other; where they lie in memory does not matter. */
bool ring_layout_alike(const struct fb_stream_info *a, const struct fb_stream_info *b);

/* Of all slots, or of the byte ring. */
uint64_t ring_layout_data_bytes(const struct ring_layout *layout);

/* The slots that a pool needs beyond depth and spare: each member writes one and waits for its turn with another. */
uint32_t ring_pool_slots(uint32_t max_writers);

/* A power of two >= slots. */
uint32_t ring_index_size(uint32_t slots);

#endif
