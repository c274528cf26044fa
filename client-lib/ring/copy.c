/* copy.c: copies of packets, for readers without holds: the writer goes on as it likes, whatever they do, and a second
 * look at the state tells whether it touched what was copied. */
#include "ring/copy.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PADDING 64 /* zeros behind a packet, as FFmpeg's parsers and decoders want */

static bool make_private(struct ring_frame *frame)
{
	size_t size = frame->meta.size, metadata_size = frame->meta.metadata_size;
	uint8_t *copy = malloc(size + PADDING + metadata_size);
	if (!copy)
		return false;
	memcpy(copy, frame->data, size);
	memset(copy + size, 0, PADDING);
	memcpy(copy + size + PADDING, frame->metadata, metadata_size);
	frame->data = frame->copy = copy;
	frame->metadata = copy + size + PADDING;
	return true;
}

static enum hold_result copy_take(const struct ring_map *map, uint64_t seq, struct ring_frame *ret_frame)
{
	unsigned slot = 0;
	if (!hold_find(map, seq, &slot))
		return HOLD_LAPPED;
	enum hold_result result = hold_settle(map, slot, seq);
	if (result != HOLD_OK)
		return result;
	struct ring_frame frame;
	hold_describe(map, slot, seq, &frame);
	if (!make_private(&frame))
		return HOLD_NO_MEMORY;
	result = hold_judge_again(map, slot, seq);
	if (result == HOLD_OK)
		*ret_frame = frame;
	else
		free(frame.copy);
	return result;
}

enum hold_result copy_or_hold(struct ring_reader *reader, uint64_t seq, struct ring_frame *ret_frame)
{
	return reader->max_held > 0 ? hold_take(reader, seq, ret_frame) : copy_take(reader->map, seq, ret_frame);
}

int copy_refused(enum hold_result result)
{
	return result == HOLD_FULL ? -ENOBUFS : error_set(ENOMEM, "no memory for the copy of a packet");
}
