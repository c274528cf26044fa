/* pool.h: the write side where several processes write one generation (docs/ring.md, Several writers). A member's
 * ring_writer is created as a single writer's; claim, publish and cancel are these instead. */
#ifndef FRAMEBROKER_RING_POOL_H
#define FRAMEBROKER_RING_POOL_H
#include "ring/order.h"
#include "ring/writer.h"

/* Takes over the reference to the map; number: the member's, which the roster names. -EPROTO: it does not. */
int ring_pool_join(struct ring_map *map, unsigned number, struct ring_writer **ret_writer);

/* Where the order comes from: the group with that number, whose work is in *work, which must stay mapped until the next
 * call or the end of the writer; NULL: the order of claiming. -EINVAL: the pool has another order. */
int ring_pool_bind(struct ring_writer *writer, unsigned group, const struct ring_work_view *work);

/* As ring_writer_claim(), for that ticket: the sequence number of the group's frame; 0 where claims make the order. A
 * ticket whose turn has passed gets a slot too: publishing says so. -EBUSY: this member has a claim for it already. */
int ring_pool_claim(struct ring_writer *writer, uint64_t ticket, int64_t deadline_ns, unsigned *ret_slot);

/* As ring_writer_publish(): it appears when its turn comes. *ret_seq is 0 where that is not now. -ESTALE: its turn has
 * passed, or its frame was done already; the slot is given back then. */
int ring_pool_publish(struct ring_writer *writer, unsigned slot, const struct ring_meta *meta, const void *metadata,
		      uint64_t *ret_seq);
void ring_pool_cancel(struct ring_writer *writer, unsigned slot);

/* Whether all room is taken by what waits for its turn, so that none but the ticket whose turn it is gets a slot now.
 * False where the generation is over. Any thread. */
bool ring_pool_full(const struct ring_map *map);

/* The ticket that a claimed slot is for. */
uint64_t ring_pool_ticket(const struct ring_writer *writer, unsigned slot);

#endif
