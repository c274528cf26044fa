/* reader.h: the read side of one generation (docs/ring.md, Reading): hold a frame, look, let go. A reader of packets
 * whose place may hold none gets copies.
 *
 * A ring_reader is one reader's place in one generation. next, at and batch are one thread's at a time; unhold may come
 * from any thread. It is counted: each held frame has a reference of its own, which unhold gives back, so data stays
 * mapped until the last frame is let go. Results that are part of the game (-ETIMEDOUT, -EAGAIN, -ENODATA, -ENOBUFS,
 * -ESTALE, -EOVERFLOW) come without error text. */
#ifndef FRAMEBROKER_RING_READER_H
#define FRAMEBROKER_RING_READER_H
#include "ring/map.h"

struct ring_reader;

struct ring_frame { /* a held frame, or a copy */
	uint64_t seq;
	uint64_t missed; /* frames not given between the one before and this */
	unsigned slot;
	struct ring_meta meta; /* a checked copy: metadata_size <= max_metadata; packets: offset + size inside b */
	const uint8_t *data;
	const void *metadata;
	void *copy; /* not NULL: nothing is held, data and metadata are in here, to be freed instead of unheld */
};

/* Takes over the reference to the map. next: the sequence number to go on with (a reader that comes from the generation
 * before); 0: begin with the newest frame there is, or the first to come. A lossless reader's gate is set here, unless
 * the core has set it already (it did for a place that existed before the generation). */
int ring_reader_create(struct ring_map *map, unsigned reader, uint64_t next, struct ring_reader **ret_reader);
/* The same for a member of a group, whose own place has number `group`: each frame goes to one member. It begins where
 * the group is. */
int ring_reader_join(struct ring_map *map, unsigned reader, unsigned group, struct ring_reader **ret_reader);

/* A member is done with a frame that ring_reader_next() gave it, or lets go of it: it is not offered to another any
 * more. Twice is harmless, and so is a frame of another reader. */
void ring_reader_done(struct ring_reader *reader, uint64_t seq);

/* A member's results go into that pool, which is referenced: while it is full the member takes no new frame, but those
 * that are offered again. Any thread. */
void ring_reader_results(struct ring_reader *reader, struct ring_map *pool);

/* Where a member's tickets come from, for ring_pool_bind(). */
const struct ring_work_view *ring_reader_work(const struct ring_reader *reader);

struct ring_reader *ring_reader_ref(struct ring_reader *reader);
void ring_reader_unref(struct ring_reader *reader); /* NULL is fine; the last one unmaps */
const struct ring_map *ring_reader_map(const struct ring_reader *reader);

/* Gives up the gate and all claims on frames to come; frames held stay held. After it only unhold and unref are
 * allowed. */
void ring_reader_detach(struct ring_reader *reader);

/* The next frame by the reader's mode, held. Waits until the deadline (0: never waits).
 * -ETIMEDOUT; -ENODATA: this generation is over and drained; -ENOBUFS: max_held frames are held;
 * -EAGAIN: the stream's state or newest generation changed while waiting (look at the map, then call again);
 * -EOVERFLOW: a lossless reader was passed over (reported once; from then on it goes on as ordered). */
int ring_reader_next(struct ring_reader *reader, int64_t deadline_ns, struct ring_frame *ret_frame);

/* The newest n frames in ascending order, for FB_LATEST batches: at least one of them newer than the last one given.
 * Waits like ring_reader_next. *ret_count <= n: what the window has. */
int ring_reader_newest(struct ring_reader *reader, unsigned n, int64_t deadline_ns, struct ring_frame *ret_frames,
		       unsigned *ret_count);

/* The frame shown at pts_ns: the newest whose pts is <= it. Waits until a frame with a pts >= pts_ns, or one whose
 * duration covers it, is there or the generation is over. Does not move the reader's place. -ESTALE: no longer in the
 * ring (or before its first frame); -ETIMEDOUT; -ENOBUFS; -EAGAIN as for next; -ENODATA: this generation is over
 * without having reached pts_ns, and there is a newer one to ask (or it is over without any frame). */
int ring_reader_at(struct ring_reader *reader, int64_t pts_ns, int64_t deadline_ns, struct ring_frame *ret_frame);

void ring_reader_unhold(struct ring_reader *reader, unsigned slot);
void ring_reader_release(struct ring_reader *reader, const struct ring_frame *frame); /* held or copied */

/* Goes back to the oldest frame of the window, before anything was read. An ordered reader; others stay where they are.
 */
void ring_reader_rewind(struct ring_reader *reader);

/* Where the reader is: the sequence number after the last one given; frames not given since it was created. */
uint64_t ring_reader_position(const struct ring_reader *reader);
uint64_t ring_reader_missed(const struct ring_reader *reader);

/* Frames that are published, but not given so far. */
uint64_t ring_reader_left(const struct ring_reader *reader);

/* Whether ring_reader_next would give a frame now (or end); and a wait for that, for a pollable descriptor's pump. */
bool ring_reader_ready(struct ring_reader *reader);
bool ring_reader_wait_ready(struct ring_reader *reader, int64_t deadline_ns);

#endif
