/* reader.c: a reader's life, and its next frame by its mode. */
#include "ring/reader.h"
#include "base/error.h"
#include "ring/copy.h"
#include "ring/group.h"
#include "ring/wait.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 64 /* a writer that publishes faster than we can hold has run mad */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* acquire: pairs with the release in tail_advance() */
static uint64_t load_tail(const struct ring_map *map)
{
	return atomic_load_explicit(&map->control->tail, memory_order_acquire);
}

static void cursor_store(struct ring_reader *reader, uint64_t seq)
{
	/* release: pairs with the acquire in places_gate(): whoever sees the gate move on sees the hold before it */
	atomic_store_explicit(&reader->page->cursor, seq, memory_order_release);
}

/* Sets the gate; every frame from the one returned on is ours: seq, or where the window began by then. */
static uint64_t gate_attach(struct ring_reader *reader, uint64_t seq)
{
	cursor_store(reader, seq);
	/* F_A, pairs with F_W in claim_reclaim(): the writer sees the gate, or we see the tail that it moved before */
	atomic_thread_fence(memory_order_seq_cst);
	uint64_t tail = load_tail(reader->map);
	if (tail > seq && tail <= RING_SEQ_MAX) {
		seq = tail;
		cursor_store(reader, seq);
	}
	return seq;
}

static void begin(struct ring_reader *reader, enum fb_mode mode, uint64_t next)
{
	const struct ring_map *map = reader->map;
	uint64_t cursor = atomic_load_explicit(&reader->page->cursor, memory_order_relaxed);
	bool preset = mode == FB_LOSSLESS && cursor != 0 && cursor != RING_NEVER; /* by the core */
	uint64_t wanted = next ? next : preset ? cursor : wait_end(map);
	uint64_t position = later(wanted, map->layout.first);
	if (mode == FB_LOSSLESS)
		position = gate_attach(reader, position);
	reader->latest = mode == FB_LATEST;
	reader->gated = mode == FB_LOSSLESS;
	reader->position = position;
	reader->missed_since = next ? position - next : 0;
	reader->missed = reader->missed_since;
}

int ring_reader_create(struct ring_map *map, unsigned number, uint64_t next, struct ring_reader **ret_reader)
{
	if (number >= map->layout.max_readers || !map->page[number]) {
		ring_map_unref(map);
		return error_set(EINVAL, "this map is not reader %u's", number);
	}
	uint64_t place = atomic_load_explicit(&map->roster->place[number], memory_order_acquire);
	unsigned max_held = ring_place_max_held(place);
	bool copies = map->layout.info.media == FB_PACKET && ring_place_mode(place) != FB_LOSSLESS;
	if (!ring_place_active(place) || ring_place_epoch(place) == 0 || ring_place_mode(place) > FB_LOSSLESS ||
	    (max_held == 0 && !copies) || max_held > LIMIT_HELD) {
		ring_map_unref(map);
		return error_set(EPROTO, "the roster has no place for reader %u", number);
	}
	struct ring_reader *reader = calloc(1, sizeof *reader);
	if (!reader) {
		ring_map_unref(map);
		return error_set(ENOMEM, "no memory for a reader");
	}
	reader->refs = 1;
	reader->map = map;
	reader->page = map->page[number];
	reader->number = number;
	reader->max_held = max_held;
	reader->epoch = ring_place_epoch(place);
	pthread_mutex_init(&reader->lock, NULL);
	begin(reader, ring_place_mode(place), next);
	*ret_reader = reader;
	return 0;
}

struct ring_reader *ring_reader_ref(struct ring_reader *reader)
{
	atomic_fetch_add_explicit(&reader->refs, 1, memory_order_relaxed);
	return reader;
}

void ring_reader_unref(struct ring_reader *reader)
{
	/* acq_rel: pairs with itself; whoever frees comes after the last use by all the others */
	if (!reader || atomic_fetch_sub_explicit(&reader->refs, 1, memory_order_acq_rel) != 1)
		return;
	ring_reader_detach(reader);
	pthread_mutex_destroy(&reader->lock);
	ring_map_unref(reader->results);
	ring_map_unref(reader->map);
	free(reader);
}

void ring_reader_detach(struct ring_reader *reader)
{
	if (!ring_map_is_ours(reader->map) || atomic_exchange_explicit(&reader->detached, true, memory_order_relaxed))
		return;
	cursor_store(reader, RING_NEVER);
	hold_room_changed(reader->map);
}

void ring_reader_release(struct ring_reader *reader, const struct ring_frame *frame)
{
	if (frame->copy)
		free(frame->copy);
	else
		ring_reader_unhold(reader, frame->slot);
}

const struct ring_map *ring_reader_map(const struct ring_reader *reader)
{
	return reader->map;
}

/* Moves the reader's place to seq: the frames before it were not given. */
static void skip(struct ring_reader *reader, uint64_t seq)
{
	uint64_t missed = seq - ring_reader_position(reader);
	reader->missed_since += missed;
	atomic_store_explicit(&reader->missed, ring_reader_missed(reader) + missed, memory_order_relaxed);
	atomic_store_explicit(&reader->position, seq, memory_order_relaxed);
}

static void give(struct ring_reader *reader, struct ring_frame *frame)
{
	frame->missed = reader->missed_since;
	reader->missed_since = 0;
	atomic_store_explicit(&reader->position, frame->seq + 1, memory_order_relaxed);
	if (reader->gated) {
		cursor_store(reader, frame->seq + 1);
		hold_room_changed(reader->map);
	}
}

static int nothing_yet(const struct ring_reader *reader)
{
	return ring_reader_position(reader) > ring_map_final(reader->map) ? -ENODATA : -EAGAIN;
}

/* The newest frame is never reclaimed, so a failed hold means that there is a newer one. */
static int try_latest(struct ring_reader *reader, void *frame)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t end = wait_end(reader->map);
		if (end < ring_reader_position(reader))
			break;
		enum hold_result result = copy_or_hold(reader, end, frame);
		if (result == HOLD_FULL || result == HOLD_NO_MEMORY)
			return copy_refused(result);
		if (result == HOLD_OK) {
			skip(reader, end);
			give(reader, frame);
			return 0;
		}
		if (end == ring_map_final(reader->map))
			skip(reader, end + 1); /* a writer that core took for dead went on */
	}
	return nothing_yet(reader);
}

/* Where to go on when the frame at the reader's place is gone: the tail was raised before the frame went, so this is
 * exact. The bounds are for a tail that is not true: what index_size newer frames have followed is not in the index. */
static uint64_t after_loss(const struct ring_reader *reader, uint64_t end)
{
	uint64_t position = ring_reader_position(reader);
	uint64_t tail = load_tail(reader->map);
	uint64_t size = reader->map->layout.index_size;
	uint64_t oldest = later(tail < end ? tail : end, end > size ? end - size + 1 : 0);
	return later(position + 1, oldest);
}

static bool passed_over(struct ring_reader *reader)
{
	if (!wait_evicted(reader))
		return false;
	reader->gated = false;
	cursor_store(reader, RING_NEVER);
	return true;
}

static int try_in_order(struct ring_reader *reader, void *frame)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t end = wait_end(reader->map);
		uint64_t position = ring_reader_position(reader);
		if (passed_over(reader))
			return -EOVERFLOW;
		if (end < position)
			return nothing_yet(reader);
		enum hold_result result = copy_or_hold(reader, position, frame);
		switch (result) {
		case HOLD_OK:
			give(reader, frame);
			return 0;
		case HOLD_FULL:
		case HOLD_NO_MEMORY:
			return copy_refused(result);
		case HOLD_BUSY:
			/* The writer has yet to see our gate, and will let the frame stay; a dead one will not. */
			if (reader->gated && ring_map_final(reader->map) == RING_NEVER)
				return -EBUSY;
			break;
		case HOLD_OVER:
			continue;
		case HOLD_LAPPED:
			if (passed_over(reader))
				return -EOVERFLOW;
		}
		skip(reader, after_loss(reader, end));
	}
	return -EBUSY;
}

int ring_reader_next(struct ring_reader *reader, int64_t deadline_ns, struct ring_frame *ret_frame)
{
	wait_attempt_fn *attempt = reader->work.page ? group_take : reader->latest ? try_latest : try_in_order;
	return wait_for(reader, deadline_ns, attempt, ret_frame);
}

struct batch {
	unsigned n, count;
	struct ring_frame *frames; /* room for n */
};

/* Holds the newest frames up to end, as far back as they are in the window. */
static int batch_hold(struct ring_reader *reader, struct batch *batch, uint64_t end)
{
	uint64_t tail = load_tail(reader->map);
	uint64_t seq = end;
	batch->count = 0;
	do {
		enum hold_result result = copy_or_hold(reader, seq, &batch->frames[batch->n - 1 - batch->count]);
		if (result == HOLD_FULL || result == HOLD_NO_MEMORY) {
			for (unsigned i = batch->n - batch->count; i < batch->n; i++)
				ring_reader_release(reader, &batch->frames[i]);
			return copy_refused(result);
		}
		if (result != HOLD_OK)
			break;
		batch->count++;
	} while (batch->count < batch->n && seq-- > tail);
	memmove(batch->frames, batch->frames + batch->n - batch->count, batch->count * sizeof *batch->frames);
	return 0;
}

static int try_newest(struct ring_reader *reader, void *arg)
{
	struct batch *batch = arg;
	for (int i = 0; i < TRIES; i++) {
		uint64_t end = wait_end(reader->map);
		if (end < ring_reader_position(reader))
			break;
		int r = batch_hold(reader, batch, end);
		if (r < 0)
			return r;
		for (unsigned k = 0; k < batch->count; k++) {
			if (batch->frames[k].seq < ring_reader_position(reader))
				continue; /* given before, in another batch */
			skip(reader, batch->frames[k].seq);
			give(reader, &batch->frames[k]);
		}
		if (batch->count > 0)
			return 0;
		if (end == ring_map_final(reader->map))
			skip(reader, end + 1);
	}
	return nothing_yet(reader);
}

int ring_reader_newest(struct ring_reader *reader, unsigned n, int64_t deadline_ns, struct ring_frame *ret_frames,
		       unsigned *ret_count)
{
	if (n == 0)
		return error_set(EINVAL, "a batch of no frames");
	struct batch batch = {.n = n, .frames = ret_frames};
	int r = wait_for(reader, deadline_ns, try_newest, &batch);
	if (r == 0)
		*ret_count = batch.count;
	return r;
}

void ring_reader_rewind(struct ring_reader *reader)
{
	uint64_t tail = load_tail(reader->map);
	if (reader->latest || reader->gated || tail > ring_reader_position(reader))
		return;
	atomic_store_explicit(&reader->position, later(tail, reader->map->layout.first), memory_order_relaxed);
}

uint64_t ring_reader_position(const struct ring_reader *reader)
{
	return atomic_load_explicit(&reader->position, memory_order_relaxed);
}

uint64_t ring_reader_missed(const struct ring_reader *reader)
{
	return atomic_load_explicit(&reader->missed, memory_order_relaxed);
}

uint64_t ring_reader_left(const struct ring_reader *reader)
{
	uint64_t end = wait_end(reader->map), position = ring_reader_position(reader);
	return end >= position ? end + 1 - position : 0;
}
