/* hold.c: the readers' half of hold against evict (claim.c has the writer's): a hold is announced in the reader's page
 * first, then the slot's state tells whether it came in time. */
#include "ring/hold.h"
#include "ring/wake.h"

#define SPINS 200 /* a writer that is running decides within these; one that was stopped may take for ever */

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

bool hold_find(const struct ring_map *map, uint64_t seq, unsigned *ret_slot)
{
	/* acquire: pairs with the release in show(); the state below is at least as new as the entry */
	uint64_t entry = atomic_load_explicit(&map->index[seq & (map->layout.index_size - 1)], memory_order_acquire);
	if (ring_index_seq(entry) != seq || ring_index_slot(entry) >= map->layout.slots)
		return false;
	*ret_slot = ring_index_slot(entry);
	return true;
}

static uint64_t load_state(const struct ring_map *map, unsigned slot)
{
	/* acquire: pairs with the releases in show() and claim_reclaim(): the frame's bytes, or the tail that has moved
	 */
	return atomic_load_explicit(&map->state[slot], memory_order_acquire);
}

/* Whether the slot's content is frame seq. */
static enum hold_result judge(const struct ring_map *map, unsigned slot, uint64_t seq)
{
	uint64_t state = load_state(map, slot);
	if (ring_state_seq(state) != seq)
		return HOLD_LAPPED;
	switch (ring_state_kind(state)) {
	case RING_PUBLISHED:
		return HOLD_OK;
	case RING_TRY:
		return HOLD_BUSY;
	default:
		return HOLD_LAPPED; /* CLAIMED has a ticket there */
	}
}

enum hold_result hold_settle(const struct ring_map *map, unsigned slot, uint64_t seq)
{
	enum hold_result result = judge(map, slot, seq);
	for (int spins = 0; result == HOLD_BUSY && spins < SPINS; spins++) {
		relax();
		result = judge(map, slot, seq);
	}
	return result;
}

void hold_room_changed(const struct ring_map *map)
{
	/* Pairs with F_ARM in arm(): we see room_armed, or the claim that looks again sees what we stored before. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&map->control->room_armed, memory_order_relaxed))
		ring_room_post(map->room);
}

static void hold_clear(struct ring_reader *reader, unsigned i)
{
	/* release: pairs with the acquire in load_hold(): our looks at the slot come before its next writing */
	atomic_store_explicit(&reader->page->holds[i], 0, memory_order_release);
	hold_room_changed(reader->map);
}

static enum hold_result hold_announce(struct ring_reader *reader, unsigned i, unsigned slot, uint64_t seq)
{
	/* release: for a writer that sees this instead of the 0 of hold_clear() before */
	atomic_store_explicit(&reader->page->holds[i], (uint16_t)(slot + 1), memory_order_release);
	/* F_R, pairs with F_W in claim_reclaim(): the writer sees the hold, or we see TRY or what came after it */
	atomic_thread_fence(memory_order_seq_cst);
	enum hold_result result = hold_settle(reader->map, slot, seq);
	/* F_R pairs with F_E in words_finish(), too: core sees the head that we saw, or we see where it ended */
	if (result == HOLD_OK && seq > ring_map_final(reader->map))
		result = HOLD_OVER;
	if (result != HOLD_OK)
		hold_clear(reader, i);
	return result;
}

/* Under the lock: one more count on the slot's entry, or a new entry. */
static enum hold_result hold_count(struct ring_reader *reader, unsigned slot, uint64_t seq)
{
	unsigned unused = reader->max_held;
	for (unsigned i = 0; i < reader->max_held; i++) {
		if (reader->hold[i].count == 0) {
			unused = i;
		} else if (reader->hold[i].slot == slot) {
			if (judge(reader->map, slot, seq) == HOLD_LAPPED)
				return HOLD_LAPPED;
			reader->hold[i].count++; /* held already, so a TRY will be taken back */
			return HOLD_OK;
		}
	}
	if (unused == reader->max_held)
		return HOLD_FULL;
	enum hold_result result = hold_announce(reader, unused, slot, seq);
	if (result == HOLD_OK)
		reader->hold[unused] = (struct hold){.slot = slot, .count = 1};
	return result;
}

/* The writer wrote the description: no length in it may lead outside its memory. */
static void meta_clamp(const struct ring_map *map, struct ring_meta *meta)
{
	const struct fb_stream_info *info = &map->layout.info;
	if (meta->metadata_size > info->max_metadata)
		meta->metadata_size = info->max_metadata;
	if (info->media == FB_AUDIO && meta->samples > info->plane[0].rows)
		meta->samples = info->plane[0].rows;
	if (info->media != FB_PACKET || meta->offset > map->sizes.data || meta->size > map->sizes.data - meta->offset)
		meta->offset = meta->size = 0;
	if (info->media == FB_PACKET && meta->metadata_size > meta->offset)
		meta->metadata_size = 0;
}

void hold_describe(const struct ring_map *map, unsigned slot, uint64_t seq, struct ring_frame *ret_frame)
{
	struct ring_frame frame = {.seq = seq, .slot = slot, .meta = map->meta[slot]};
	atomic_signal_fence(memory_order_acquire); /* what is checked now is not loaded again */
	meta_clamp(map, &frame.meta);
	if (map->layout.info.media == FB_PACKET) {
		frame.data = map->data + frame.meta.offset;
		frame.metadata = frame.data - frame.meta.metadata_size;
	} else {
		frame.data = map->data + slot * map->layout.info.slot_bytes;
		frame.metadata = map->user + slot * map->sizes.user_stride;
	}
	*ret_frame = frame;
}

static enum hold_result take_slot(struct ring_reader *reader, unsigned slot, uint64_t seq, struct ring_frame *ret_frame)
{
	pthread_mutex_lock(&reader->lock);
	enum hold_result result = hold_count(reader, slot, seq);
	pthread_mutex_unlock(&reader->lock);
	if (result != HOLD_OK)
		return result;
	ring_reader_ref(reader);
	hold_describe(reader->map, slot, seq, ret_frame);
	return HOLD_OK;
}

enum hold_result hold_take(struct ring_reader *reader, uint64_t seq, struct ring_frame *ret_frame)
{
	unsigned slot = 0;
	return hold_find(reader->map, seq, &slot) ? take_slot(reader, slot, seq, ret_frame) : HOLD_LAPPED;
}

enum hold_result hold_take_old(struct ring_reader *reader, uint64_t seq, struct ring_frame *ret_frame)
{
	for (unsigned slot = 0; slot < reader->map->layout.slots; slot++)
		if (judge(reader->map, slot, seq) != HOLD_LAPPED)
			return take_slot(reader, slot, seq, ret_frame);
	return HOLD_LAPPED;
}

bool hold_full(struct ring_reader *reader)
{
	unsigned held = 0;
	pthread_mutex_lock(&reader->lock);
	for (unsigned i = 0; i < reader->max_held; i++)
		held += reader->hold[i].count > 0;
	pthread_mutex_unlock(&reader->lock);
	return reader->max_held > 0 && held == reader->max_held;
}

void ring_reader_unhold(struct ring_reader *reader, unsigned slot)
{
	bool found = false;
	if (!ring_map_is_ours(reader->map)) { /* the page stayed with the parent, and perhaps a locked lock */
		ring_reader_unref(reader);
		return;
	}
	pthread_mutex_lock(&reader->lock);
	for (unsigned i = 0; i < reader->max_held && !found; i++) {
		found = reader->hold[i].count > 0 && reader->hold[i].slot == slot;
		if (found && --reader->hold[i].count == 0)
			hold_clear(reader, i);
	}
	pthread_mutex_unlock(&reader->lock);
	if (found)
		ring_reader_unref(reader);
}

enum hold_result hold_judge_again(const struct ring_map *map, unsigned slot, uint64_t seq)
{
	/* F_P, pairs with F_W in claim_reclaim(): had the writer touched what we looked at, we would see TRY, or what
	 * came after. As F_R it pairs with F_E in words_finish(), too. */
	atomic_thread_fence(memory_order_seq_cst);
	enum hold_result result = judge(map, slot, seq);
	return result == HOLD_OK && seq > ring_map_final(map) ? HOLD_OVER : result;
}

bool hold_peek(const struct ring_map *map, uint64_t seq, struct ring_meta *ret_meta)
{
	unsigned slot = 0;
	if (!hold_find(map, seq, &slot) || judge(map, slot, seq) != HOLD_OK)
		return false;
	struct ring_meta meta = map->meta[slot];
	if (hold_judge_again(map, slot, seq) != HOLD_OK)
		return false;
	*ret_meta = meta;
	return true;
}
