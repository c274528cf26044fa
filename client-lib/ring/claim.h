/* claim.h: the writer's own view of its ring, shared by writer.c and claim.c. Private to the ring's write side. */
#ifndef FRAMEBROKER_RING_CLAIM_H
#define FRAMEBROKER_RING_CLAIM_H
#include "ring/places.h"
#include "ring/writer.h"
#include <pthread.h>

struct patience { /* how long a lossless reader's gate has rested while it was in the way */
	uint64_t gate;
	uint32_t epoch;
	int64_t since_ns;
};

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
};

/* Puts a slot that is no longer claimed, or no longer in the window, where the next claims look first. Locked. */
void claim_leave_outside(struct ring_writer *writer, unsigned slot);

/* The generation was finished, by us or by core in our place. Locked. */
bool claim_over(const struct ring_writer *writer);

/* Tells claims that wait, here: room may have come. Fences. Any thread, without the lock. */
void claim_room_changed(struct ring_writer *writer);

#endif
