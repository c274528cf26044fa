/* claim.h: the writer's own view of its ring, shared by writer.c, claim.c and packets.c. Private to the ring's write
 * side. */
#ifndef FRAMEBROKER_RING_CLAIM_H
#define FRAMEBROKER_RING_CLAIM_H
#include "ring/order.h"
#include "ring/places.h"
#include "ring/writer.h"
#include <pthread.h>

struct patience { /* how long a lossless reader's gate has rested while it was in the way */
	uint64_t gate;
	uint32_t epoch;
	int64_t since_ns;
};

struct packets; /* the byte ring of a packet stream: packets.c */

struct ring_writer {
	struct ring_map *map;
	pthread_mutex_t lock; /* all below, and the shared words that only the writer stores to; not while waiting */
	bool finished;
	unsigned waiters;  /* claims that wait for room */
	uint64_t claims;   /* claims so far: the next ticket */
	uint32_t *outside; /* slots neither in the window nor claimed: free ones, and held or pinned ones passed over */
	unsigned outside_count;
	_Atomic uint32_t *pins; /* of each slot; not under the lock */
	struct places places;
	struct patience patience[LIMIT_READERS];
	struct packets *packets; /* NULL: frames in slots of their own */

	unsigned number; /* a pool's member, with all below */
	uint32_t epoch;
	struct ring_order_view order;
	struct ring_work_view work; /* of the group that the order comes from; page NULL: none */
};

/* One look for room, after places_look(). gated: there is none, and a lossless reader's gate is what stands in the way.
 */
typedef bool claim_attempt_fn(struct ring_writer *writer, void *arg, bool *ret_gated);

/* Looks until there is room or the deadline has come: 0, -ETIMEDOUT or -EPIPE as ring_writer_claim(). */
int claim_until(struct ring_writer *writer, int64_t deadline_ns, claim_attempt_fn *attempt, void *arg);

/* Takes published frame seq, which the window must not have any more, from the readers; false: it is protected after
 * all and stays published. Locked. */
bool claim_reclaim(struct ring_writer *writer, unsigned slot, uint64_t seq);

/* Makes a free or reclaimed slot the writer's own. Locked. */
void claim_take(struct ring_writer *writer, unsigned slot);

/* What only this side stores to, under the lock. */
static inline uint64_t claim_load_own(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

/* Puts a claimed slot's description where readers will look for it. -EMSGSIZE with error text. */
int claim_describe(struct ring_writer *writer, unsigned slot, const struct ring_meta *meta, const void *metadata);

/* Puts a slot that is no longer claimed, or no longer in the window, where the next claims look first. Locked. */
void claim_leave_outside(struct ring_writer *writer, unsigned slot);

/* The generation was finished, by us or by core in our place; or core takes this member of a pool for gone. */
bool claim_over(const struct ring_writer *writer);

/* Tells claims that wait, here: room may have come. Fences. Any thread, without the lock. */
void claim_room_changed(struct ring_writer *writer);

#endif
