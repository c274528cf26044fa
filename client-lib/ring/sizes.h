/* sizes.h: how large the objects of a generation are, and where what lies in them. */
#ifndef FRAMEBROKER_RING_SIZES_H
#define FRAMEBROKER_RING_SIZES_H
#include "ring/layout.h"

/* Byte sizes and offsets of the objects that a layout implies. */
struct ring_sizes {
	size_t control;                                              /* object a: header, states, index, metadata */
	size_t state_offset, index_offset, meta_offset, user_offset; /* within a */
	size_t turns_offset, pins_offset;                            /* within a, of a pool */
	size_t user_stride; /* bytes of user metadata a slot; packets: 0, it stands before each of them in b */
	size_t data;        /* object b: slots x slot_bytes, or the byte ring of packets */
};

/* Of a checked layout. */
struct ring_sizes ring_layout_sizes(const struct ring_layout *layout);

#endif
