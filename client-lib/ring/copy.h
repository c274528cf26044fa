/* copy.h: takes a frame in the way that the core allows its reader. Private to the ring's read side. */
#ifndef FRAMEBROKER_RING_COPY_H
#define FRAMEBROKER_RING_COPY_H
#include "ring/hold.h"

/* Takes frame seq: holds it, or copies it into ret_frame->copy if the reader may hold none. Results as of hold_take();
 * NO_MEMORY: for the copy. */
enum hold_result copy_or_hold(struct ring_reader *reader, uint64_t seq, struct ring_frame *ret_frame);

/* The negative errno of FULL and NO_MEMORY. */
int copy_refused(enum hold_result result);

#endif
