/* attachment.h: a reader's place at the broker, and its memory of one generation; both live as long as anybody looks.
 */
#ifndef FRAMEBROKER_API_ATTACHMENT_H
#define FRAMEBROKER_API_ATTACHMENT_H
#include "api/link.h"
#include "ring/reader.h"

#define ATTACHMENT_TAKEN (UINT64_C(1) << 32) /* in frame.hold[1]: taken from a group, not only looked at */

struct place { /* what READER_OPEN gave */
	_Atomic uint32_t refs;
	struct fb_broker *broker;
	uint32_t session, id;
};

int place_create(struct fb_broker *broker, uint32_t session, uint32_t id, struct place **ret_place);
struct place *place_ref(struct place *place);
void place_unref(struct place *place); /* NULL is fine */

/* Tells the broker that no more frames are wanted, and drops one reference. Frames held stay, as long as the connection
 * lives. NULL is fine. */
void place_close(struct place *place);

struct attachment { /* one reader in one generation; held frames keep references */
	_Atomic uint32_t refs;
	struct place *place;
	struct ring_reader *ring;
	const struct fb_stream_info *info;
	uint32_t number; /* the place in the roster, */
	uint64_t seat;   /* and what stands there while it is ours */
	uint32_t group;  /* that it is a member of, by the broker's number; 0: none */
};

/* From a GENERATION reply, whose fds it takes. next: where to go on, 0: where the broker says. */
int attachment_create(struct place *place, struct wire_packet *reply, uint64_t next,
		      struct attachment **ret_attachment);
struct attachment *attachment_ref(struct attachment *attachment);
void attachment_unref(struct attachment *attachment); /* NULL is fine */

/* False when the core has taken the place back: it ended our connection, and the writer minds our holds no more. */
bool attachment_seated(const struct attachment *attachment);

/* No more frames are wanted from it; those held stay. */
void attachment_leave(struct attachment *attachment);

/* Fills a public frame that keeps a reference, and holds its slot or has a private copy instead. */
void attachment_fill(struct attachment *attachment, const struct ring_frame *from, struct fb_frame *ret_frame);

#endif
