/* claim.c: finds the slot for the next frame: a free one, else the oldest published one that nobody protects. This is
 * the writer's half of hold against evict; hold.c has the readers'. */
#include "ring/claim.h"
#include "base/clock.h"
#include "base/error.h"
#include "ring/wake.h"
#include <errno.h>

#define SPURIOUS_MAX 64 /* wake-ups without room before a claim naps instead: a reader may post without end */

void claim_leave_outside(struct ring_writer *writer, unsigned slot)
{
	writer->outside[writer->outside_count++] = slot;
}

/* Moves the window's begin; what is still published before it stays readable until it is reclaimed. */
static void tail_advance(struct ring_writer *writer, uint64_t tail)
{
	struct ring_map *map = writer->map;
	for (uint64_t seq = claim_load_own(&map->control->tail); seq < tail; seq++)
		claim_leave_outside(writer,
				    ring_index_slot(claim_load_own(&map->index[seq & (map->layout.index_size - 1)])));
	/* release: the TRY that follows carries it too; see claim_reclaim() */
	atomic_store_explicit(&map->control->tail, tail, memory_order_release);
}

static bool pinned(const struct ring_writer *writer, unsigned slot)
{
	/* acquire: pairs with the release in ring_writer_unpin(): the decoder has read what it wanted */
	return atomic_load_explicit(&writer->pins[slot], memory_order_acquire) != 0;
}

bool claim_reclaim(struct ring_writer *writer, unsigned slot, uint64_t seq)
{
	_Atomic uint64_t *state = &writer->map->state[slot];
	/* release, with the tail already past seq: whoever sees TRY (acquire) sees the new tail, so gaps are exact */
	atomic_store_explicit(state, ring_state(RING_TRY, 0, seq), memory_order_release);
	/* F_W, pairs with F_R in hold_announce() and F_A in gate_attach(): of two sides that each store and then look
	 * at the other's word, one sees the other's store. We see the hold or the gate, or they see TRY or the tail.
	 * Also pairs with the F_P in hold_judge_again(): who reads a byte that we write from here on sees TRY. */
	atomic_thread_fence(memory_order_seq_cst);
	if (places_protect(writer->map, slot, seq)) {
		/* release: as when it was published, for the acquire in load_state() */
		atomic_store_explicit(state, ring_state(RING_PUBLISHED, 0, seq), memory_order_release);
		return false;
	}
	return true;
}

void claim_take(struct ring_writer *writer, unsigned slot)
{
	atomic_store_explicit(&writer->map->state[slot], ring_state(RING_CLAIMED, 0, ++writer->claims),
			      memory_order_release);
}

static bool outside_claim(struct ring_writer *writer, unsigned *ret_slot, bool *ret_gated)
{
	for (unsigned i = writer->outside_count; i-- > 0;) {
		unsigned slot = writer->outside[i];
		uint64_t state = claim_load_own(&writer->map->state[slot]);
		if (pinned(writer, slot))
			continue;
		if (ring_state_kind(state) != RING_FREE) {
			if (places_held(&writer->places, slot))
				continue;
			if (writer->places.gate <= ring_state_seq(state)) {
				*ret_gated = true;
				continue;
			}
			if (!claim_reclaim(writer, slot, ring_state_seq(state)))
				continue;
		}
		writer->outside[i] = writer->outside[--writer->outside_count];
		claim_take(writer, slot);
		*ret_slot = slot;
		return true;
	}
	return false;
}

/* Oldest first; held ones are passed over, which shrinks the window down to the newest frame. That one stays. */
static bool window_claim(struct ring_writer *writer, unsigned *ret_slot, bool *ret_gated)
{
	struct ring_map *map = writer->map;
	uint64_t head = claim_load_own(&map->control->head);
	for (uint64_t seq = claim_load_own(&map->control->tail); seq < head; seq++) {
		unsigned slot = ring_index_slot(claim_load_own(&map->index[seq & (map->layout.index_size - 1)]));
		if (places_held(&writer->places, slot) || pinned(writer, slot))
			continue;
		if (writer->places.gate <= seq) {
			*ret_gated = true;
			return false;
		}
		tail_advance(writer, seq + 1);
		if (!claim_reclaim(writer, slot, seq))
			continue;
		writer->outside_count--; /* it was put there last */
		claim_take(writer, slot);
		*ret_slot = slot;
		return true;
	}
	return false;
}

static bool find_slot(struct ring_writer *writer, void *ret_slot, bool *ret_gated)
{
	return outside_claim(writer, ret_slot, ret_gated) || window_claim(writer, ret_slot, ret_gated);
}

/* Passes over the lossless readers that are furthest behind, if they took nothing for too long. True: some were. */
static bool evict_stuck(struct ring_writer *writer)
{
	struct ring_map *map = writer->map;
	int64_t now_ns = clock_monotonic_ns();
	bool any = false;
	for (unsigned reader = 0; reader < map->layout.max_readers; reader++) {
		struct patience *patience = &writer->patience[reader];
		uint64_t place = atomic_load_explicit(&map->roster->place[reader], memory_order_relaxed);
		uint64_t gate = places_gate(map, reader);
		if (gate != writer->places.gate)
			continue;
		if (patience->epoch != ring_place_epoch(place) || patience->gate < gate)
			*patience = (struct patience){gate, ring_place_epoch(place), now_ns};
		if (now_ns - patience->since_ns < map->layout.lossless_timeout_ns)
			continue;
		/* release: pairs with the acquire in hold_next(): the reader sees why before it sees a gap */
		atomic_store_explicit(&map->control->evicted[reader], patience->epoch, memory_order_release);
		any = true;
	}
	if (any) {
		atomic_fetch_add_explicit(&map->control->wake, 1, memory_order_release);
		ring_wake_all(&map->control->wake);
	}
	return any;
}

void claim_room_changed(struct ring_writer *writer)
{
	/* Pairs with the fence in arm(): we see room_armed, or the claim that looks again sees the room. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&writer->map->control->room_armed, memory_order_relaxed))
		ring_room_post(writer->map->room);
}

bool claim_over(const struct ring_writer *writer)
{
	const struct ring_map *map = writer->map;
	if (writer->finished || ring_map_final(map) != RING_NEVER)
		return true;
	return map->layout.max_writers > 1 &&
	       atomic_load_explicit(&map->roster->writer[writer->number], memory_order_acquire) != writer->epoch;
}

static void show_armed(struct ring_writer *writer)
{
	atomic_store_explicit(&writer->map->control->room_armed, 1, memory_order_relaxed);
	/* F_ARM, pairs with the fences after a hold, a gate or a pin went: hold_ and claim_room_changed() */
	atomic_thread_fence(memory_order_seq_cst);
}

static void arm(struct ring_writer *writer)
{
	writer->waiters++;
	show_armed(writer);
}

static void disarm(struct ring_writer *writer)
{
	if (--writer->waiters == 0)
		atomic_store_explicit(&writer->map->control->room_armed, 0, memory_order_relaxed);
}

static void wait_for_room(struct ring_writer *writer, unsigned round, uint32_t posts, int64_t deadline_ns)
{
	pthread_mutex_unlock(&writer->lock);
	if (round > SPURIOUS_MAX)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
	ring_room_wait(writer->map->room, posts, deadline_ns);
	pthread_mutex_lock(&writer->lock);
	if (writer->map->layout.max_writers > 1)
		show_armed(writer); /* another member may have stopped waiting meanwhile */
}

int claim_until(struct ring_writer *writer, int64_t deadline_ns, claim_attempt_fn *attempt, void *arg)
{
	unsigned rounds = 0;
	int r = 0;
	pthread_mutex_lock(&writer->lock);
	for (;;) {
		bool gated = false;
		uint32_t posts = ring_room_posts(writer->map->room); /* before the look: later ones end the wait */
		if (claim_over(writer)) {
			r = -EPIPE;
			break;
		}
		places_look(writer->map, &writer->places);
		if (attempt(writer, arg, &gated))
			break;
		if (gated && evict_stuck(writer))
			continue;
		if (clock_left_ns(deadline_ns) == 0) {
			r = -ETIMEDOUT;
			break;
		}
		if (rounds++ == 0)
			arm(writer); /* and look again: room may have come before it */
		else
			wait_for_room(writer, rounds, posts, deadline_ns);
	}
	if (rounds > 0)
		disarm(writer);
	pthread_mutex_unlock(&writer->lock);
	return r;
}

int ring_writer_claim(struct ring_writer *writer, int64_t deadline_ns, unsigned *ret_slot)
{
	if (writer->packets) /* its slots have no room of their own */
		return error_set(EINVAL, "this ring is one of packets: none of its slots is to be claimed");
	return claim_until(writer, deadline_ns, find_slot, ret_slot);
}
