/* writer.h: the write side of one generation (docs/ring.md, Writing): claim a slot, fill it, publish it. pool.h is for
 * generations that several processes write.
 *
 * One writer. claim, publish, cancel and finish may come from any thread of it; they lock. unpin never blocks. */
#ifndef FRAMEBROKER_RING_WRITER_H
#define FRAMEBROKER_RING_WRITER_H
#include "ring/map.h"

struct ring_writer;

/* Takes over the reference to the map, and begins the generation: control is written, so that readers may map it. */
int ring_writer_create(struct ring_map *map, struct ring_writer **ret_writer);
void ring_writer_destroy(struct ring_writer *writer);               /* NULL is fine; does not finish the generation */
struct ring_map *ring_writer_map(const struct ring_writer *writer); /* the writer's reference */

/* Claims a slot for writing. Waits until the deadline for room (0: never waits); then -ETIMEDOUT, without counting.
 * A lossless reader that took nothing for lossless_timeout_ns, while claims failed for its sake, is passed over
 * (evicted). -EINVAL with error text: the ring is one of packets. -EPIPE: finished, here or by the core, which takes
 * this writer for dead. */
int ring_writer_claim(struct ring_writer *writer, int64_t deadline_ns, unsigned *ret_slot);

/* Publishes a claimed slot under the next sequence number and wakes all readers. metadata: meta->metadata_size bytes,
 * copied (NULL: they stand in the slot's room already); more than the layout has room for is -EMSGSIZE and the slot
 * stays claimed, as with -EPIPE: finished. pin: the caller's side goes on reading the slot's data (a decoder's
 * reference): it is not claimed anew before ring_writer_unpin(). */
int ring_writer_publish(struct ring_writer *writer, unsigned slot, const struct ring_meta *meta, const void *metadata,
			bool pin, uint64_t *ret_seq);
void ring_writer_pin(struct ring_writer *writer,
		     unsigned slot); /* a claimed slot, before it is published or cancelled */
void ring_writer_unpin(struct ring_writer *writer, unsigned slot);

/* One encoded packet, copied into the byte ring of a packet stream, its metadata in front of it. */
struct ring_packet {
	struct ring_meta meta; /* size and metadata_size tell the lengths; offset is set here */
	const void *data, *metadata;
};

/* Publishes a packet, instead of claim and publish. The oldest packets go to make room, one after the other: a held one
 * stops that. Any thread. Waits and fails as ring_writer_claim(). -EMSGSIZE with error text: more than a third of the
 * byte ring, beyond which it might not fit beside the newest packet, or too much metadata; -EINVAL: not a ring of
 * packets. */
int ring_writer_publish_packet(struct ring_writer *writer, const struct ring_packet *packet, int64_t deadline_ns,
			       uint64_t *ret_seq);

void ring_writer_cancel(struct ring_writer *writer, unsigned slot);
void ring_writer_count_dropped(struct ring_writer *writer);

/* No more frames in this generation: readers drain it and move on. Twice is harmless. */
void ring_writer_finish(struct ring_writer *writer);

uint8_t *ring_writer_data(const struct ring_writer *writer, unsigned slot);

#endif
