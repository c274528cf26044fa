/* member.h: a pool's member as writer: its place in the order comes from the frame that it works on. */
#ifndef FRAMEBROKER_API_MEMBER_H
#define FRAMEBROKER_API_MEMBER_H
#include "api/attachment.h"
#include "api/desk.h"

/* As ring_pool_claim(), for that origin (NULL: the order of claiming), with error text. *ret_source: a reference to
 * where the origin was taken from, NULL: nowhere. */
int member_claim(struct desk *desk, const struct fb_frame *origin, int64_t deadline_ns, unsigned *ret_slot,
		 struct attachment **ret_source);

/* The slot ends; its frame is done for the group. Take over the reference to the source. publish as
 * ring_pool_publish(): -ESTALE without error text; with other errors the slot and the source stay. */
int member_publish(struct desk *desk, unsigned slot, const struct ring_meta *meta, const void *metadata,
		   struct attachment *source, uint64_t *ret_seq);
void member_cancel(struct desk *desk, unsigned slot, struct attachment *source);

#endif
