/* desk.h: one generation's writing side, kept alive by claimed and held slots. */
#ifndef FRAMEBROKER_API_DESK_H
#define FRAMEBROKER_API_DESK_H
#include "api/link.h"
#include "ring/pool.h"

struct attachment;

/* The last slot of a member that has left tells the broker, as the others may have its slots from then on. */
#define DESK_LEFT (UINT32_C(1) << 31)
#define DESK_END (UINT32_C(1) << 30) /* of the stream, too */

struct desk {
	_Atomic uint32_t refs;
	struct fb_broker *broker;
	uint32_t session, place;
	struct ring_writer *ring;
	bool member;               /* of a pool: others write the same generation */
	_Atomic uint32_t slots;    /* a member's that are open, and DESK_… when it has left */
	struct attachment *source; /* a reference: of the group whose frames make the pool's order */
};

/* Waits for what comes of a WRITER_OPEN; maps it and says READY. -ETIMEDOUT: it is still under way, as with
 * -EINPROGRESS: it may take long, until readers have moved on, or the stream ret_awaits (else "") has a layout to copy.
 * -ESTALE: the core died over it, and the next one is to be asked. */
int desk_take(struct fb_broker *broker, struct request **request, int64_t deadline_ns, char ret_awaits[LIMIT_NAME + 1],
	      struct desk **ret_desk);

struct desk *desk_ref(struct desk *desk);
void desk_unref(struct desk *desk); /* NULL is fine */

/* No more frames: readers move on, unless a pool's others go on; drops one reference. NULL is fine. desk_close() tells
 * the broker, too, that this writer is gone. -EPIPE: the broker had gone. */
void desk_leave(struct desk *desk);
int desk_close(struct desk *desk, bool end_of_stream);

/* A member's slot begins and ends. */
void desk_slot_begins(struct desk *desk);
void desk_slot_ends(struct desk *desk);

#endif
