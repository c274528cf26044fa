/* slot.h: claimed slots: a writer's desk gives them out. */
#ifndef FRAMEBROKER_API_SLOT_H
#define FRAMEBROKER_API_SLOT_H
#include "api/writer.h"

/* A claimed slot of the writer's desk, with what it takes from its origin (or NULL). */
void slot_fill(struct fb_writer *writer, unsigned number, const struct fb_frame *origin, struct fb_slot *ret_slot);

/* The same in a pool, for a frame that was taken from a group, whose reference it takes over; NULL: it was from none.
 */
void slot_fill_member(struct fb_writer *writer, unsigned number, const struct fb_frame *origin,
		      struct attachment *source, struct fb_slot *ret_slot);

/* Of a frame that fb_slot_hold() filled: fb_frame_release() comes here. */
void slot_unhold(struct fb_frame *frame);

/* As fb_slot_publish(); pinned: the caller's side goes on reading the data. */
int slot_publish(struct fb_slot *slot, bool pinned, uint64_t *ret_seq);

#endif
