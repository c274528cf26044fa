/* slot.c: a claimed slot: what it holds at first, and how it ends. */
#include "api/writer.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>

static struct desk *desk_of(const struct fb_slot *slot)
{
	return (struct desk *)(uintptr_t)slot->claim[1];
}

/* The slot's own room for user metadata: what is written there needs no copy. */
static void *own_metadata(const struct desk *desk, uint64_t number)
{
	const struct ring_map *map = ring_writer_map(desk->ring);
	return map->user + number * map->sizes.user_stride;
}

void slot_fill(struct fb_writer *writer, unsigned number, const struct fb_frame *origin, struct fb_slot *ret_slot)
{
	const struct ring_layout *layout = &ring_writer_map(writer->desk->ring)->layout;
	struct fb_slot slot = {
		.metadata = own_metadata(writer->desk, number),
		.info = &layout->info,
		.pts_ns = origin ? origin->pts_ns : FB_PTS_AUTO,
		.duration_ns = origin ? origin->duration_ns : 0,
		.capture_ns = origin ? origin->capture_ns : 0,
		.utc_ns = origin ? origin->utc_ns : 0,
		.flags = origin ? origin->flags & FB_DISCONTINUITY : FB_KEY_FRAME,
		.samples = layout->info.frame_size,
	};
	uint8_t *data = ring_writer_data(writer->desk->ring, number);
	for (uint32_t i = 0; i < layout->info.planes; i++) {
		slot.data[i] = data + layout->plane_offset[i];
		slot.linesize[i] = layout->linesize[i];
	}
	slot.claim[0] = (uintptr_t)fb_worker_writer_ref(writer);
	slot.claim[1] = (uintptr_t)desk_ref(writer->desk);
	slot.claim[2] = number;
	*ret_slot = slot;
}

static void let_go(struct fb_slot *slot)
{
	struct fb_writer *writer = (struct fb_writer *)(uintptr_t)slot->claim[0];
	struct desk *desk = desk_of(slot);
	slot->claim[0] = 0;
	desk_unref(desk);
	fb_worker_writer_unref(writer);
}

static int publish(struct fb_slot *slot, bool pin, uint64_t *ret_seq)
{
	if (!slot->claim[0])
		return error_set(EINVAL, "this slot was published or cancelled already");
	const struct fb_writer *writer = (const struct fb_writer *)(uintptr_t)slot->claim[0];
	struct desk *desk = desk_of(slot);
	if (!ring_map_is_ours(ring_writer_map(desk->ring)))
		return error_set(EPIPE, "this slot was claimed before the process forked: it is the parent's");
	int64_t now = clock_monotonic_ns();
	struct ring_meta meta = {
		.pts_ns = slot->pts_ns == FB_PTS_AUTO ? now - writer->opened_ns : slot->pts_ns,
		.duration_ns = slot->duration_ns,
		.capture_ns = slot->capture_ns ? slot->capture_ns : now,
		.utc_ns = slot->utc_ns ? slot->utc_ns : clock_utc_ns(),
		.flags = slot->flags,
		.samples = slot->samples,
		.metadata_size = (uint32_t)(slot->metadata_size < UINT32_MAX ? slot->metadata_size : UINT32_MAX),
	};
	uint64_t seq;
	const void *metadata = slot->metadata == own_metadata(desk, slot->claim[2]) ? NULL : slot->metadata;
	int err = ring_writer_publish(desk->ring, (unsigned)slot->claim[2], &meta, metadata, pin, &seq);
	if (err == -EPIPE)
		return error_set(
			EPIPE,
			"stream %s: its writer was closed, its layout changed or the broker went since this slot "
			"was claimed: claim another one",
			writer->stream);
	if (err < 0)
		return err;
	if (ret_seq)
		*ret_seq = seq;
	let_go(slot);
	return 0;
}

int fb_slot_publish(struct fb_slot *slot, uint64_t *ret_seq)
{
	return publish(slot, false, ret_seq);
}

int fb_worker_publish_pinned(struct fb_slot *slot, uint64_t *ret_seq)
{
	return publish(slot, true, ret_seq);
}

void fb_slot_cancel(struct fb_slot *slot)
{
	if (!slot || !slot->claim[0])
		return;
	struct desk *desk = desk_of(slot);
	if (ring_map_is_ours(ring_writer_map(desk->ring)))
		ring_writer_cancel(desk->ring, (unsigned)slot->claim[2]);
	let_go(slot);
}
