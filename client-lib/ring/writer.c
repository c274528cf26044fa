/* writer.c: a writer's life and what it does with a claimed slot; claim.c finds it one. */
#include "ring/writer.h"
#include "base/error.h"
#include "ring/claim.h"
#include "ring/packets.h"
#include "ring/wake.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void control_begin(struct ring_map *map)
{
	struct ring_control *control = map->control;
	control->head = map->layout.first - 1;
	control->tail = map->layout.first;
	control->final = RING_NEVER;
	control->abi = RING_ABI;
	control->magic = RING_MAGIC;
}

int ring_writer_create(struct ring_map *map, struct ring_writer **ret_writer)
{
	unsigned slots = map->layout.slots;
	struct ring_writer *writer = calloc(1, sizeof *writer);
	if (writer) {
		writer->map = map;
		pthread_mutex_init(&writer->lock, NULL);
		writer->outside = calloc(slots, sizeof *writer->outside);
		writer->pins = calloc(slots, sizeof *writer->pins);
	} else {
		ring_map_unref(map);
	}
	bool packets = writer && map->layout.info.media == FB_PACKET;
	if (packets)
		writer->packets = packets_create(slots, map->layout.info.slot_bytes);
	if (!writer || !writer->outside || !writer->pins || (packets && !writer->packets)) {
		ring_writer_destroy(writer);
		return error_set(ENOMEM, "no memory for a writer of %u slots", slots);
	}
	for (unsigned slot = slots; slot-- > 0;)
		claim_leave_outside(writer, slot);
	if (map->layout.max_writers == 1) /* else the core did, before the first of them came */
		control_begin(map);
	*ret_writer = writer;
	return 0;
}

void ring_writer_destroy(struct ring_writer *writer)
{
	if (!writer)
		return;
	pthread_mutex_destroy(&writer->lock);
	ring_map_unref(writer->map);
	packets_destroy(writer->packets);
	free(writer->outside);
	free(writer->pins);
	free(writer);
}

struct ring_map *ring_writer_map(const struct ring_writer *writer)
{
	return writer->map;
}

uint8_t *ring_writer_data(const struct ring_writer *writer, unsigned slot)
{
	return writer->map->data + slot * writer->map->layout.info.slot_bytes;
}

static bool claimed(const struct ring_writer *writer, unsigned slot)
{
	return slot < writer->map->layout.slots &&
	       ring_state_kind(atomic_load_explicit(&writer->map->state[slot], memory_order_relaxed)) == RING_CLAIMED;
}

int claim_describe(struct ring_writer *writer, unsigned slot, const struct ring_meta *meta, const void *metadata)
{
	struct ring_map *map = writer->map;
	if (meta->metadata_size > map->layout.info.max_metadata)
		return error_set(EMSGSIZE, "%u bytes of metadata, the stream has room for %u", meta->metadata_size,
				 map->layout.info.max_metadata);
	map->meta[slot] = *meta;
	if (metadata && meta->metadata_size > 0)
		memcpy(map->user + slot * map->sizes.user_stride, metadata, meta->metadata_size);
	return 0;
}

/* Each release pairs with the acquire of the same word in hold.c: who sees head finds the index entry, who finds that
 * sees the slot published, and who sees that sees every byte of the frame. */
static uint64_t show(struct ring_writer *writer, unsigned slot)
{
	struct ring_map *map = writer->map;
	uint64_t seq = atomic_load_explicit(&map->control->head, memory_order_relaxed) + 1;
	atomic_store_explicit(&map->state[slot], ring_state(RING_PUBLISHED, 0, seq), memory_order_release);
	atomic_store_explicit(&map->index[seq & (map->layout.index_size - 1)], ring_index(seq, slot),
			      memory_order_release);
	atomic_store_explicit(&map->control->head, seq, memory_order_release);
	return seq;
}

static void wake_readers(struct ring_writer *writer)
{
	/* release: pairs with the acquire in wait_begin(): who sees the new count sees the new head or final */
	atomic_fetch_add_explicit(&writer->map->control->wake, 1, memory_order_release);
	ring_wake_all(&writer->map->control->wake);
}

int ring_writer_publish(struct ring_writer *writer, unsigned slot, const struct ring_meta *meta, const void *metadata,
			bool pin, uint64_t *ret_seq)
{
	uint64_t seq = 0;
	int r = 0;
	pthread_mutex_lock(&writer->lock);
	if (!claimed(writer, slot)) {
		r = error_set(EINVAL, "slot %u is not claimed", slot);
	} else if (claim_over(writer)) {
		r = -EPIPE;
	} else if ((r = claim_describe(writer, slot, meta, metadata)) == 0) {
		if (pin)
			atomic_fetch_add_explicit(&writer->pins[slot], 1, memory_order_relaxed);
		seq = show(writer, slot);
		if (writer->waiters > 0) /* the frame before is no longer the newest: it may be claimed */
			ring_room_post(writer->map->room);
	}
	pthread_mutex_unlock(&writer->lock);
	if (r < 0)
		return r;
	wake_readers(writer);
	*ret_seq = seq;
	return 0;
}

void ring_writer_pin(struct ring_writer *writer, unsigned slot)
{
	if (atomic_fetch_add_explicit(&writer->pins[slot], 1, memory_order_relaxed) == 0 &&
	    writer->map->layout.max_writers > 1)
		ring_order_pin(&writer->order, writer->number, slot);
}

void ring_writer_unpin(struct ring_writer *writer, unsigned slot)
{
	/* release: pairs with the acquire in pinned() */
	if (atomic_fetch_sub_explicit(&writer->pins[slot], 1, memory_order_release) == 1 &&
	    writer->map->layout.max_writers > 1)
		ring_order_unpin(&writer->order, writer->number, slot);
	claim_room_changed(writer);
}

void ring_writer_cancel(struct ring_writer *writer, unsigned slot)
{
	pthread_mutex_lock(&writer->lock);
	if (claimed(writer, slot)) {
		atomic_store_explicit(&writer->map->state[slot], ring_state(RING_FREE, 0, 0), memory_order_relaxed);
		claim_leave_outside(writer, slot);
		if (writer->waiters > 0)
			ring_room_post(writer->map->room);
	}
	pthread_mutex_unlock(&writer->lock);
}

void ring_writer_count_dropped(struct ring_writer *writer)
{
	atomic_fetch_add_explicit(&writer->map->control->dropped, 1, memory_order_relaxed);
}

void ring_writer_finish(struct ring_writer *writer)
{
	struct ring_control *control = writer->map->control;
	pthread_mutex_lock(&writer->lock);
	if (!writer->finished) {
		writer->finished = true;
		/* release: pairs with the acquire in ring_map_final(): who sees the end sees the head that it names */
		atomic_store_explicit(&control->final, atomic_load_explicit(&control->head, memory_order_relaxed),
				      memory_order_release);
		if (writer->waiters > 0)
			ring_room_post(writer->map->room);
	}
	pthread_mutex_unlock(&writer->lock);
	wake_readers(writer);
}
