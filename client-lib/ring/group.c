/* group.c: a member takes frames: it holds (or copies) one first, then the group's table says whether it is the one
 * that has it. */
#include "ring/group.h"
#include "base/clock.h"
#include "base/error.h"
#include "ring/copy.h"
#include "ring/pool.h"
#include "ring/wait.h"
#include <errno.h>

#define TAKE_TRIES (4 * RING_WORK) /* writer and members may be hostile: no loop depends on their words to end */

static uint64_t load_next(const struct ring_reader *reader)
{
	/* acquire: pairs with the release in advance() */
	uint64_t next = atomic_load_explicit(&reader->work.page->cursor, memory_order_acquire);
	return next > reader->work.first ? next : reader->work.first;
}

static void advance(struct ring_reader *reader, uint64_t seq)
{
	_Atomic uint64_t *cursor = &reader->work.page->cursor;
	uint64_t now = atomic_load_explicit(cursor, memory_order_relaxed);
	/* release: pairs with the acquire in lossless_gate(): whoever sees the gate move on sees the hold before it,
	 * ours or that of the member whose entry we have seen */
	while (now < seq &&
	       !atomic_compare_exchange_weak_explicit(cursor, &now, seq, memory_order_acq_rel, memory_order_relaxed))
		continue;
	hold_room_changed(reader->map);
}

static void count_missed(struct ring_reader *reader, uint64_t frames)
{
	reader->missed_since += frames;
	atomic_store_explicit(&reader->missed, ring_reader_missed(reader) + frames, memory_order_relaxed);
}

static void give(struct ring_reader *reader, struct ring_frame *frame)
{
	frame->missed = reader->missed_since;
	reader->missed_since = 0;
	if (frame->seq >= ring_reader_position(reader))
		atomic_store_explicit(&reader->position, frame->seq + 1, memory_order_relaxed);
}

/* Frames from next up to, not including, end are given to nobody. Of several members, the one whose word it is counts.
 */
static void pass(struct ring_reader *reader, uint64_t next, uint64_t end)
{
	uint64_t begin = end - next > RING_WORK ? end - RING_WORK : next;
	if (begin > next && atomic_compare_exchange_strong(&reader->work.page->cursor, &next, begin))
		count_missed(reader, begin - next);
	for (uint64_t seq = begin; seq < end; seq++) {
		uint64_t word = ring_work_load(&reader->work, seq);
		if (ring_work_seq(word) < seq &&
		    ring_work_swap(&reader->work, seq, word, ring_work(seq, RING_LOST, 0, 0)))
			count_missed(reader, 1);
	}
	advance(reader, end);
}

/* The frame is held, or copied: now whether it is ours. word: its entry, as loaded. */
static bool keep(struct ring_reader *reader, struct ring_frame *frame, uint64_t word, unsigned attempt)
{
	if (ring_work_swap(&reader->work, frame->seq, word, ring_work(frame->seq, RING_TAKEN, reader->number, attempt)))
		return true;
	ring_reader_release(reader, frame);
	return false;
}

/* An offered frame is not to be had any more. */
static void lose(struct ring_reader *reader, uint64_t word)
{
	uint64_t seq = ring_work_seq(word);
	if (ring_work_swap(&reader->work, seq, word, ring_work(seq, RING_LOST, 0, 0)))
		count_missed(reader, 1);
}

/* Who copies finds only what is still in the ring: nobody held it. */
static enum hold_result take_old(struct ring_reader *reader, uint64_t seq, struct ring_frame *frame)
{
	return reader->max_held > 0 ? hold_take_old(reader, seq, frame) : copy_or_hold(reader, seq, frame);
}

/* A frame that a dead member had. Its hold stands until another has it, so it is there. -EAGAIN: there is none. */
static int take_offered(struct ring_reader *reader, struct ring_frame *frame)
{
	for (unsigned i = 0; i < RING_WORK; i++) {
		uint64_t word = ring_work_load(&reader->work, i), seq = ring_work_seq(word);
		if (ring_work_kind(word) != RING_OFFERED)
			continue;
		enum hold_result result = take_old(reader, seq, frame);
		switch (result) {
		case HOLD_OK:
			if (!keep(reader, frame, word, ring_work_attempt(word)))
				break;
			give(reader, frame);
			return 0;
		case HOLD_FULL:
		case HOLD_NO_MEMORY:
			return copy_refused(result);
		case HOLD_BUSY:
			if (ring_map_final(reader->map) == RING_NEVER)
				return -EBUSY;
			lose(reader, word); /* its writer died over it */
			break;
		case HOLD_OVER:
		case HOLD_LAPPED:
			lose(reader, word); /* too long ago */
		}
	}
	return -EAGAIN;
}

/* Whether others, who do not wait at the end themselves, still have frames: one that dies leaves them to us. */
static bool others_work(const struct ring_reader *reader)
{
	const struct ring_page *page = reader->work.page;
	for (unsigned i = 0; i < RING_WORK; i++) {
		uint64_t word = ring_work_load(&reader->work, i);
		unsigned member = ring_work_member(word);
		if (ring_work_kind(word) == RING_OFFERED)
			return true;
		if (ring_work_kind(word) != RING_TAKEN || member >= LIMIT_READERS)
			continue;
		if (!(atomic_load_explicit(&page->holds[member / 16], memory_order_acquire) & 1u << member % 16))
			return true;
	}
	return false;
}

/* All frames are taken. The generation is over for us when those that others have are done, or one takes too long. */
static int nothing_left(struct ring_reader *reader, uint64_t next)
{
	const struct ring_map *map = reader->map;
	if (next <= ring_map_final(map))
		return -EAGAIN;
	atomic_fetch_or_explicit(&reader->work.page->holds[reader->number / 16], (uint16_t)(1u << reader->number % 16),
				 memory_order_release);
	bool newer = ring_map_newest(map) > map->layout.info.generation;
	if (!others_work(reader) || (newer && !reader->gated))
		return -ENODATA;
	int64_t now_ns = clock_monotonic_ns();
	if (reader->over_since_ns == 0)
		reader->over_since_ns = now_ns;
	return now_ns - reader->over_since_ns < map->layout.lossless_timeout_ns ? -EAGAIN : -ENODATA;
}

/* Where the first frame can be that is still there, when the one at next is not: as after_loss() in reader.c. */
static uint64_t first_left(const struct ring_map *map, uint64_t next, uint64_t end)
{
	uint64_t tail = atomic_load_explicit(&map->control->tail, memory_order_acquire);
	uint64_t size = map->layout.index_size, oldest = tail < end ? tail : end;
	if (end > size && oldest < end - size + 1)
		oldest = end - size + 1;
	return oldest > next ? oldest : next + 1;
}

/* The pool of our results is full of those that wait for an earlier one. Whoever took a frame now would only wait with
 * its result, and if all members did, nobody would be left to take the earlier frame when its member dies. */
bool group_held_up(struct ring_reader *reader)
{
	pthread_mutex_lock(&reader->lock);
	bool full = reader->results && ring_pool_full(reader->results);
	pthread_mutex_unlock(&reader->lock);
	return full;
}

static int take_next(struct ring_reader *reader, struct ring_frame *frame)
{
	const struct ring_map *map = reader->map;
	for (unsigned tries = 0; tries < TAKE_TRIES; tries++) {
		uint64_t end = wait_end(map), next = load_next(reader);
		if (wait_evicted(reader)) {
			reader->gated = false;
			return -EOVERFLOW;
		}
		if (end < next)
			return nothing_left(reader, next);
		if (group_held_up(reader))
			return -EAGAIN;
		if (reader->latest && end > next) {
			pass(reader, next, end);
			continue;
		}
		uint64_t word = ring_work_load(&reader->work, next);
		if (ring_work_seq(word) >= next) { /* another has it, and has yet to say so */
			advance(reader, next + 1);
			continue;
		}
		enum hold_result result = copy_or_hold(reader, next, frame);
		switch (result) {
		case HOLD_OK:
			if (!keep(reader, frame, word, 0))
				break;
			if (ring_work_kind(word) == RING_OFFERED) /* of a frame so long ago that it is given up */
				count_missed(reader, 1);
			advance(reader, next + 1);
			give(reader, frame);
			return 0;
		case HOLD_FULL:
		case HOLD_NO_MEMORY:
			return copy_refused(result);
		case HOLD_BUSY:
			if (reader->gated && ring_map_final(map) == RING_NEVER)
				return -EBUSY;
			pass(reader, next, next + 1);
			break;
		case HOLD_OVER:
			break;
		case HOLD_LAPPED:
			pass(reader, next, first_left(map, next, end));
		}
	}
	return -EBUSY;
}

int group_take(struct ring_reader *reader, void *frame)
{
	int r = take_offered(reader, frame);
	return r == -EAGAIN ? take_next(reader, frame) : r;
}

bool group_ready(struct ring_reader *reader)
{
	uint64_t next = load_next(reader);
	if (wait_end(reader->map) >= next && !group_held_up(reader))
		return true;
	for (unsigned i = 0; i < RING_WORK; i++)
		if (ring_work_kind(ring_work_load(&reader->work, i)) == RING_OFFERED)
			return true;
	return next > ring_map_final(reader->map) && !others_work(reader);
}

int ring_reader_join(struct ring_map *map, unsigned number, unsigned group, struct ring_reader **ret_reader)
{
	struct ring_page *page = group < map->layout.max_readers && group != number ? map->page[group] : NULL;
	if (!page) {
		ring_map_unref(map);
		return error_set(EINVAL, "this map is not that of a member of group %u", group);
	}
	struct ring_reader *reader = NULL;
	int r = ring_reader_create(map, number, 0, &reader);
	if (r < 0)
		return r;
	uint64_t place = atomic_load_explicit(&map->roster->place[group], memory_order_acquire);
	reader->work = ring_work_view(page, group, map->layout.first);
	reader->group = group;
	reader->group_epoch = ring_place_epoch(place);
	reader->latest = ring_place_mode(place) == FB_LATEST;
	reader->gated = ring_place_mode(place) == FB_LOSSLESS;
	*ret_reader = reader;
	return 0;
}

void ring_reader_done(struct ring_reader *reader, uint64_t seq)
{
	if (!reader->work.page || !ring_map_is_ours(reader->map))
		return;
	uint64_t word = ring_work_load(&reader->work, seq);
	if (ring_work_seq(word) == seq && ring_work_kind(word) == RING_TAKEN &&
	    ring_work_member(word) == reader->number)
		ring_work_swap(&reader->work, seq, word, ring_work(seq, RING_DONE, reader->number, 0));
}

void ring_reader_results(struct ring_reader *reader, struct ring_map *pool)
{
	pthread_mutex_lock(&reader->lock);
	struct ring_map *before = reader->results;
	if (before != pool)
		reader->results = ring_map_ref(pool);
	pthread_mutex_unlock(&reader->lock);
	if (before != pool)
		ring_map_unref(before);
}

const struct ring_work_view *ring_reader_work(const struct ring_reader *reader)
{
	return &reader->work;
}
