/* layouts.h: what a generation's layout comes from: the worker that proposes one, the stream's keys, or another stream.
 */
#ifndef FRAMEBROKER_MEMORY_LAYOUTS_H
#define FRAMEBROKER_MEMORY_LAYOUTS_H
#include "config/output.h"
#include "ring/layout.h"

/* The layout of a program's frames by the output's keys: pixel_format, width and height, or sample_format, sample_rate,
 * channels and frame_size. -EINVAL with error text: a key is missing, or no such format. */
int layout_from_output(const struct config_output *output, struct ring_layout *ret_layout);

/* Copies a proposed layout of size bytes. -EPROTO: it is not one. Nothing else of it is checked. */
int layout_from_bytes(const void *bytes, size_t size, struct ring_layout *ret_layout);

/* Fills in what is not the writer's to say, all but generation and first. claims: slots that it claims at once; for
 * packets, how many of them are to be kept. */
int layout_complete(struct ring_layout *layout, const struct config_output *output, uint32_t claims);

#endif
