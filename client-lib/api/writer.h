/* writer.h: a writer's inside, shared with its slots and the workers' part. */
#ifndef FRAMEBROKER_API_WRITER_H
#define FRAMEBROKER_API_WRITER_H
#include "api/desk.h"
#include "api/use.h"
#include "api/worker.h"

struct fb_writer {
	_Atomic uint32_t refs;
	struct use use;
	struct fb_broker *broker;
	char stream[LIMIT_NAME + 1];
	char *create; /* keys, "" for a declared stream */
	bool worker;  /* opened with its own layout: is not opened again by itself */
	atomic_bool closed;
	struct desk *desk;           /* NULL: none yet, or the connection was lost */
	struct request *asked;       /* for a desk, and no answer yet; NULL: not asked */
	char awaits[LIMIT_NAME + 1]; /* until that stream has a layout; "": for another reason */
	struct fb_stream_info info;  /* of the newest desk */
	int64_t looked_ns;           /* when the connection was last looked at */
	int64_t opened_ns;           /* CLOCK_MONOTONIC: FB_PTS_AUTO counts from here */
	struct {
		_Atomic int64_t pts_ns, duration_ns;
		_Atomic int64_t at_ns; /* CLOCK_MONOTONIC; 0: none yet */
	} last;                        /* frame published, by whatever thread */
};

/* A claimed slot of the writer's desk, with what it takes from its origin (or NULL). */
void slot_fill(struct fb_writer *writer, unsigned number, const struct fb_frame *origin, struct fb_slot *ret_slot);

/* The same in a pool, for a frame that was taken from a group, whose reference it takes over; NULL: it was from none.
 */
void slot_fill_member(struct fb_writer *writer, unsigned number, const struct fb_frame *origin,
		      struct attachment *source, struct fb_slot *ret_slot);

/* Of a frame that fb_slot_hold() filled: fb_frame_release() comes here. */
void slot_unhold(struct fb_frame *frame);

#endif
