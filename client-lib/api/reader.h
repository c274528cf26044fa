/* reader.h: a reader's inside, shared by reading, batches and the pollable descriptor. */
#ifndef FRAMEBROKER_API_READER_H
#define FRAMEBROKER_API_READER_H
#include "api/attachment.h"
#include "api/gap.h"
#include "api/use.h"

struct pump;

struct fb_reader {
	struct fb_broker *broker;
	char stream[LIMIT_NAME + 1];
	char group[LIMIT_NAME + 1]; /* "": none */
	enum fb_mode mode;
	uint32_t max_held, forks;
	struct use use;

	struct place *place;           /* NULL: not open (yet, or the connection was lost) */
	struct attachment *attachment; /* NULL: no generation */
	uint32_t done;                 /* the newest generation of this place that was drained */
	uint64_t next;                 /* sequence number after the last frame given; 0: none yet */
	int64_t last_pts_ns;           /* of the last frame given; so is: */
	uint32_t last_generation;
	uint64_t missed_before; /* in generations that are over, and between places */
	struct gap gap;
	uint64_t gap_missed; /* between places: to be told with the next frame */
	bool discontinuity;  /* the next frame follows a break that sequence numbers do not show */
	bool pending;        /* the broker has no generation for this place; it tells when there may be one */
	atomic_bool ended;
	struct fb_stream_info info; /* the newest layout */

	struct subscriber subscriber; /* STREAM messages for our place */
	uint32_t subscribed_place;    /* with the broker locked: the place they are for, 0: none */
	bool news;                    /* with the broker locked: one came */
	_Atomic uint32_t told_state;  /* as last told by the broker */

	pthread_mutex_t attach_lock; /* of place and attachment: other threads look at them */
	struct pump *pump;           /* NULL: nobody asked for a descriptor */
};

/* A public call begins, and ends with that error or success. -EBUSY: another thread's has not ended. */
int reader_begin(struct fb_reader *reader);
int reader_end(struct fb_reader *reader, int err);

/* In a forked child, before anything else: what a thread of the parent had or locked is let go. */
void reader_adopt(struct fb_reader *reader);

/* Has a generation to read from, connecting, opening and attaching as needed, until the deadline.
 * 0; -ETIMEDOUT; -ENODATA: the stream has ended; -ENOENT … as the broker says. */
int reader_attach(struct fb_reader *reader, int64_t deadline_ns);

/* What to do with an error of a ring call: 0: try again; else the error to return. */
int reader_after(struct fb_reader *reader, int err, int64_t deadline_ns);

/* Gives out a held frame: counts, and fills *ret_frame. */
void reader_give(struct fb_reader *reader, const struct ring_frame *frame, struct fb_frame *ret_frame);

/* A deadline for one look at the ring, after which the connection wants a look. */
int64_t reader_slice(int64_t deadline_ns);

#endif
