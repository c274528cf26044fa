/* work.h: a group's table of work (docs/ring.md, Groups): which of its members has which frame, and what became of it.
 * Shared by the members, by the writers of the pool that its frames order, and by the core. */
#ifndef FRAMEBROKER_RING_WORK_H
#define FRAMEBROKER_RING_WORK_H
#include "ring/abi.h"

struct ring_work_view {         /* of one generation; page NULL: none */
	struct ring_page *page; /* of the group's own place */
	_Atomic uint64_t *work;
	uint64_t first; /* frame of the generation */
};

/* page: the line of place number `group`, as mapped. */
struct ring_work_view ring_work_view(struct ring_page *page, unsigned group, uint64_t first);

/* Whether nothing can come of the frame any more: it is done, or was lost, or many frames have been taken since. Of a
 * frame before the generation nothing is known. */
bool ring_work_finished(const struct ring_work_view *view, uint64_t seq);

/* Whether a member has the frame, or it is offered. */
bool ring_work_pending(const struct ring_work_view *view, uint64_t seq);

/* The oldest frame that is in work, or the next to be taken. */
uint64_t ring_work_oldest(const struct ring_work_view *view);

/* Changes the frame's word: from is what was loaded of it. False: somebody else has changed it. */
bool ring_work_swap(const struct ring_work_view *view, uint64_t seq, uint64_t from, uint64_t to);
uint64_t ring_work_load(const struct ring_work_view *view, uint64_t seq);

/* For the core. Clears it, with the next frame to be taken. */
void ring_work_begin(const struct ring_work_view *view, uint64_t next);

/* A member died: what it had taken is offered again, or given up where max_attempts members have died of it. Returns
 * how many were given up; *ret_offered: how many are offered. */
unsigned ring_work_leave(const struct ring_work_view *view, unsigned member, unsigned max_attempts,
			 unsigned *ret_offered);

/* Whether the frame is offered, by that dead member's place; and giving all of those up: returns how many. */
bool ring_work_offered(const struct ring_work_view *view, uint64_t seq);
unsigned ring_work_give_up(const struct ring_work_view *view, unsigned member);

#endif
