/* slot.c: a claimed slot: what it holds at first, and how it ends. */
#include "api/slot.h"
#include "api/member.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>

#define JUMP_NS (10 * NS_PER_SECOND)

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
	slot.claim[0] = (uintptr_t)writer_ref(writer);
	slot.claim[1] = (uintptr_t)desk_ref(writer->desk);
	slot.claim[2] = number;
	*ret_slot = slot;
}

void slot_fill_member(struct fb_writer *writer, unsigned number, const struct fb_frame *origin,
		      struct attachment *source, struct fb_slot *ret_slot)
{
	slot_fill(writer, number, origin, ret_slot);
	ret_slot->claim[3] = (uintptr_t)source;
	desk_slot_begins(writer->desk);
}

static struct attachment *source_of(const struct fb_slot *slot)
{
	return (struct attachment *)(uintptr_t)slot->claim[3];
}

static void let_go(struct fb_slot *slot)
{
	struct fb_writer *writer = (struct fb_writer *)(uintptr_t)slot->claim[0];
	struct desk *desk = desk_of(slot);
	slot->claim[0] = 0;
	if (desk->member)
		desk_slot_ends(desk);
	desk_unref(desk);
	writer_unref(writer);
}

/* Whether the stream's time makes a step that its readers must be told of: backwards, or ahead by far more than the
 * last frame's duration or the time that has passed. Workers of the broker tell of theirs themselves. */
static bool breaks(const struct fb_writer *writer, const struct ring_layout *layout, int64_t pts_ns, int64_t now_ns)
{
	if (writer->worker || layout->max_writers > 1) /* a pool's frames follow others' */
		return false;
	if (writer->last.at_ns == 0)
		return layout->first > 1; /* somebody else wrote the frame before */
	int64_t step, passed = now_ns - writer->last.at_ns;
	if (__builtin_sub_overflow(pts_ns, writer->last.pts_ns, &step))
		return true;
	return step < 0 || step - JUMP_NS > (passed > writer->last.duration_ns ? passed : writer->last.duration_ns);
}

static int64_t usual_duration(const struct fb_slot *slot)
{
	const struct fb_stream_info *info = slot->info;
	if (info->media == FB_AUDIO)
		return slot->samples * NS_PER_SECOND / info->sample_rate;
	return info->frame_rate.num > 0 && info->frame_rate.den > 0
		       ? info->frame_rate.den * NS_PER_SECOND / info->frame_rate.num
		       : 0;
}

/* Replaces what was left open by what it is now. */
static void set_times(struct fb_slot *slot, const struct fb_writer *writer, int64_t now_ns)
{
	if (slot->pts_ns == FB_PTS_AUTO)
		slot->pts_ns = now_ns - writer->opened_ns;
	if (slot->duration_ns <= 0)
		slot->duration_ns = usual_duration(slot);
	if (slot->capture_ns == 0)
		slot->capture_ns = now_ns;
	if (slot->utc_ns == 0)
		slot->utc_ns = clock_utc_ns();
}

static int check_slot(const struct fb_slot *slot)
{
	if (!slot->claim[0])
		return error_set(EINVAL, "this slot was published or cancelled already");
	if (!ring_map_is_ours(ring_writer_map(desk_of(slot)->ring)))
		return error_set(EPIPE, "this slot was claimed before the process forked: it is the parent's");
	if (slot->info->media == FB_AUDIO && (slot->samples < 1 || slot->samples > slot->info->frame_size))
		return error_set(EINVAL, "%u samples in a slot: from 1 to %u (frame_size)", slot->samples,
				 slot->info->frame_size);
	return 0;
}

int slot_publish(struct fb_slot *slot, bool pin, uint64_t *ret_seq)
{
	int err = check_slot(slot);
	if (err < 0)
		return err;
	struct fb_writer *writer = (struct fb_writer *)(uintptr_t)slot->claim[0];
	struct desk *desk = desk_of(slot);
	int64_t now = clock_monotonic_ns();
	set_times(slot, writer, now);
	if (breaks(writer, &ring_writer_map(desk->ring)->layout, slot->pts_ns, now))
		slot->flags |= FB_DISCONTINUITY;
	struct ring_meta meta = {
		.pts_ns = slot->pts_ns,
		.duration_ns = slot->duration_ns,
		.capture_ns = slot->capture_ns,
		.utc_ns = slot->utc_ns,
		.flags = slot->flags,
		.samples = slot->samples,
		.metadata_size = (uint32_t)(slot->metadata_size < UINT32_MAX ? slot->metadata_size : UINT32_MAX),
	};
	uint64_t seq;
	const void *metadata = slot->metadata == own_metadata(desk, slot->claim[2]) ? NULL : slot->metadata;
	unsigned number = (unsigned)slot->claim[2];
	err = desk->member ? member_publish(desk, number, &meta, metadata, source_of(slot), &seq)
			   : ring_writer_publish(desk->ring, number, &meta, metadata, pin, &seq);
	if (err == -ESTALE) {
		err = error_set(ESTALE,
				"stream %s: the turn of this frame has passed (reorder_timeout), or another member was "
				"done with it: go on with the next",
				writer->stream);
		let_go(slot);
		return err;
	}
	if (err == -EPIPE && (writer->closed || writer->worker))
		return error_set(EPIPE, "stream %s: its writer was closed since this slot was claimed", writer->stream);
	if (err == -EPIPE) {
		fb_slot_cancel(slot);
		return error_set(
			ESTALE,
			"stream %s: since this slot was claimed the stream's layout changed, or the broker ended "
			"its memory: go on with the next",
			writer->stream);
	}
	if (err < 0)
		return err;
	writer->last.pts_ns = slot->pts_ns;
	writer->last.duration_ns = slot->duration_ns;
	writer->last.at_ns = now;
	if (ret_seq)
		*ret_seq = seq;
	let_go(slot);
	return 0;
}

int fb_slot_publish(struct fb_slot *slot, uint64_t *ret_seq)
{
	return slot_publish(slot, false, ret_seq);
}

void fb_slot_cancel(struct fb_slot *slot)
{
	if (!slot || !slot->claim[0])
		return;
	struct desk *desk = desk_of(slot);
	if (ring_map_is_ours(ring_writer_map(desk->ring))) {
		if (desk->member)
			member_cancel(desk, (unsigned)slot->claim[2], source_of(slot));
		else
			ring_writer_cancel(desk->ring, (unsigned)slot->claim[2]);
	} else {
		attachment_unref(source_of(slot)); /* the frame is the parent's */
	}
	let_go(slot);
}

int fb_slot_hold(const struct fb_slot *slot, struct fb_frame *ret_frame)
{
	int err = check_slot(slot);
	if (err < 0)
		return err;
	struct fb_frame frame = {.info = slot->info, .samples = slot->samples};
	for (unsigned i = 0; i < LIMIT_PLANES; i++) {
		frame.data[i] = slot->data[i];
		frame.linesize[i] = slot->linesize[i];
	}
	ring_writer_pin(desk_of(slot)->ring, (unsigned)slot->claim[2]);
	frame.hold[1] = slot->claim[2];
	frame.hold[3] = (uintptr_t)desk_ref(desk_of(slot));
	*ret_frame = frame;
	return 0;
}

void slot_unhold(struct fb_frame *frame)
{
	struct desk *desk = (struct desk *)(uintptr_t)frame->hold[3];
	frame->hold[3] = 0;
	if (ring_map_is_ours(ring_writer_map(desk->ring)))
		ring_writer_unpin(desk->ring, (unsigned)frame->hold[1]);
	desk_unref(desk);
}
