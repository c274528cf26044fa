/* wait.c: the loop in which every read waits. The order of its loads is what no wake-up gets lost by. */
#include "ring/wait.h"
#include "base/clock.h"
#include "ring/group.h"
#include "ring/wake.h"
#include <errno.h>

#define BUSY_NAP_NS 50000
#define HELD_UP_NAP_NS (2 * NS_PER_MS)

static uint32_t wait_begin(const struct ring_map *map)
{
	/* acquire, before head and final are loaded: pairs with the release in wake_readers(), which comes after both
	 * are stored. Either we see the frame, or the word has moved on and the futex does not sleep. */
	return atomic_load_explicit(&map->control->wake, memory_order_acquire);
}

uint64_t wait_end(const struct ring_map *map)
{
	uint64_t final = ring_map_final(map); /* before head: whoever sees final sees the head it was */
	/* acquire: pairs with the release in show() */
	uint64_t head = atomic_load_explicit(&map->control->head, memory_order_acquire);
	uint64_t end = head < final ? head : final;
	return end < RING_SEQ_MAX ? end : RING_SEQ_MAX;
}

static void nap(int64_t nap_ns)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = nap_ns}, NULL);
}

/* Until something changes, or a little while. What holds a member up changes in another ring than the one it reads. */
static void sleep_on(struct ring_reader *reader, uint32_t seen, int64_t deadline_ns)
{
	if (reader->work.page && group_held_up(reader))
		nap(HELD_UP_NAP_NS);
	else
		ring_wake_wait(&reader->map->control->wake, seen, deadline_ns);
}

int wait_for(struct ring_reader *reader, int64_t deadline_ns, wait_attempt_fn *attempt, void *arg)
{
	const struct ring_map *map = reader->map;
	enum fb_state state = ring_map_state(map);
	uint32_t newest = ring_map_newest(map);
	for (;;) {
		uint32_t seen = wait_begin(map);
		int r = attempt(reader, arg);
		if (r != -EAGAIN && r != -EBUSY)
			return r;
		if (ring_map_state(map) != state || ring_map_newest(map) != newest)
			return -EAGAIN;
		if (r == -EAGAIN && hold_full(reader))
			return -ENOBUFS;
		if (clock_left_ns(deadline_ns) == 0)
			return -ETIMEDOUT;
		if (r == -EBUSY)
			nap(BUSY_NAP_NS);
		else
			sleep_on(reader, seen, deadline_ns);
	}
}

bool wait_evicted(const struct ring_reader *reader)
{
	/* acquire: pairs with the release in evict_stuck() */
	unsigned place = reader->work.page ? reader->group : reader->number;
	uint32_t epoch = reader->work.page ? reader->group_epoch : reader->epoch;
	return atomic_load_explicit(&reader->gated, memory_order_relaxed) &&
	       atomic_load_explicit(&reader->map->control->evicted[place], memory_order_acquire) == epoch;
}

bool ring_reader_ready(struct ring_reader *reader)
{
	uint64_t position = ring_reader_position(reader);
	bool ready = reader->work.page ? group_ready(reader)
				       : wait_end(reader->map) >= position || position > ring_map_final(reader->map);
	return ready || ring_map_newest(reader->map) > reader->map->layout.info.generation || wait_evicted(reader);
}

bool ring_reader_wait_ready(struct ring_reader *reader, int64_t deadline_ns)
{
	for (;;) {
		uint32_t seen = wait_begin(reader->map);
		if (ring_reader_ready(reader))
			return true;
		if (clock_left_ns(deadline_ns) == 0)
			return false;
		sleep_on(reader, seen, deadline_ns);
	}
}
