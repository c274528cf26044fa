/* order.h: the order in which a pool's writers publish (docs/ring.md, Several writers): tickets, whose turn it is, and
 * what becomes of a ticket whose owner is late or dead. Lock-free: any writer and the core may do any step for anybody.
 */
#ifndef FRAMEBROKER_RING_ORDER_H
#define FRAMEBROKER_RING_ORDER_H
#include "ring/work.h"

struct ring_order_view { /* a pool's words, in a writer's mapping or the core's */
	struct ring_control *control;
	_Atomic uint64_t *state, *index, *turns, *pins;
	unsigned slots, index_size, max_writers;
};

struct ring_order_view ring_order_view(struct ring_control *control, const struct ring_layout *layout);

/* Decides where tickets come from, at the first claim of the generation: RING_ORDER_CLAIMS, or RING_ORDER_GROUPS + the
 * number of the group, whose work tells the first ticket. False: they come from somewhere else. */
bool ring_order_bind(const struct ring_order_view *order, uint64_t source, const struct ring_work_view *work);

/* A ticket for a claim without origin. */
uint64_t ring_order_ticket(const struct ring_order_view *order);

/* The ticket is this writer's to fill. -EAGAIN: too far ahead of the ticket whose turn it is; -EBUSY: it has a claim
 * for it already; -EALREADY: its turn has passed, or it is done, or another's. */
int ring_order_open(const struct ring_order_view *order, uint64_t ticket, unsigned writer);

/* Nothing comes for the ticket, now (it may be opened again) or ever. */
void ring_order_unopen(const struct ring_order_view *order, uint64_t ticket, unsigned writer);
void ring_order_cancel(const struct ring_order_view *order, uint64_t ticket, unsigned writer);

/* The slot is filled. False: its turn has passed. */
bool ring_order_ready(const struct ring_order_view *order, uint64_t ticket, unsigned writer, unsigned slot);

/* Publishes what is ready, in order, and wakes the readers. work: of the group where tickets come from, which tells of
 * frames that nothing comes of; NULL is fine. Returns the sequence number that the ticket's frame got, 0: none just
 * now.
 */
uint64_t ring_order_help(const struct ring_order_view *order, const struct ring_work_view *work, uint64_t ticket);

/* The first ticket after the one whose turn it is that is settled and waits for it; 0: none. */
uint64_t ring_order_waiting(const struct ring_order_view *order);

/* Cancels every ticket before that one which is not settled. Returns how many. Then help. */
unsigned ring_order_pass(const struct ring_order_view *order, uint64_t ticket);

/* For the core: the group takes none of the frames first to last any more. Cancels the tickets of those that nobody has
 * opened, but for frames that stand in work as a member's (NULL: none does). Then help. */
void ring_order_forsake(const struct ring_order_view *order, uint64_t first, uint64_t last,
			const struct ring_work_view *work);

/* A writer looks at a slot that it has claimed beyond publishing: nobody takes it for another frame; or no more. */
void ring_order_pin(const struct ring_order_view *order, unsigned writer, unsigned slot);
void ring_order_unpin(const struct ring_order_view *order, unsigned writer, unsigned slot);
bool ring_order_pinned(const struct ring_order_view *order, unsigned slot);

/* Whether nobody fills a slot or waits for a turn. */
bool ring_order_idle(const struct ring_order_view *order);

/* For the core: that writer is gone. Its tickets may be opened again (a group offers their frames again) or are
 * cancelled. dead: nor does it write or look at anything any more; its slots are free, but for those that are ready.
 * Then help, before its number has a new owner. */
void ring_order_sweep(const struct ring_order_view *order, unsigned writer, bool dead);

#endif
