/* ring_fixture.h: plays the core for the ring's tests: makes a generation's objects in memfds, gives places to readers,
 * and maps it all as writer and as readers, in this process or in forked ones. Any failure aborts the test program. */
#ifndef TESTS_SUPPORT_RING_FIXTURE_H
#define TESTS_SUPPORT_RING_FIXTURE_H
#include "ring/pool.h"
#include "ring/reader.h"
#include "ring/writer.h"

struct ring_fixture {
	struct ring_layout layout;
	int fds[RING_FD_PAGES + LIMIT_READERS];
	struct ring_roster *roster; /* the core's view, writable */
	struct ring_room *room;
	struct ring_control *control; /* a view that no core has: for tests that play a hostile writer */
	struct ring_page *page[LIMIT_READERS];
	uint32_t epoch;
};

/* Gray pictures of 64 x 8 in 512 bytes, 16 bytes of user metadata, depth slots - 1, first frame 1, generation 1. */
struct ring_layout ring_fixture_layout(unsigned slots, unsigned max_readers);

/* The same with packets of up to 8 KiB, in a byte ring of 32. */
struct ring_layout ring_fixture_packet_layout(unsigned slots, unsigned max_readers);

void ring_fixture_create(struct ring_fixture *fixture, const struct ring_layout *layout);
void ring_fixture_destroy(struct ring_fixture *fixture);

/* A place in the roster with an epoch of its own; the page is cleared first. */
void ring_fixture_place(struct ring_fixture *fixture, unsigned reader, enum fb_mode mode, unsigned max_held);

/* What the core does when a reader's connection has ended. */
void ring_fixture_leave(struct ring_fixture *fixture, unsigned reader);

struct ring_writer *ring_fixture_writer(const struct ring_fixture *fixture);
struct ring_reader *ring_fixture_reader(const struct ring_fixture *fixture, unsigned reader, uint64_t next);

/* A member of a pool, whose layout has max_writers > 1, and its order as the core sees it. */
struct ring_writer *ring_fixture_join(struct ring_fixture *fixture, unsigned number);
struct ring_order_view ring_fixture_order(const struct ring_fixture *fixture);

/* A group at place number `group`, and its members, which have places already (FB_ORDERED). */
struct ring_work_view ring_fixture_group(struct ring_fixture *fixture, unsigned group, enum fb_mode mode);
struct ring_reader *ring_fixture_member(const struct ring_fixture *fixture, unsigned number, unsigned group);

/* Copies of the descriptors, in the order in which they travel; reader -1: the writer's. Returns how many. */
size_t ring_fixture_fds(const struct ring_fixture *fixture, int reader, int *ret_fds);

/* Claims without waiting, fills the slot (or a packet, whose size changes) with a pattern of its sequence number and
 * publishes it. Returns that number, or a negative errno where there is no room. pts is the sequence number x 1000. */
int64_t ring_fixture_publish(struct ring_writer *writer);
int64_t ring_fixture_publish_until(struct ring_writer *writer, int64_t deadline_ns); /* waits for room */

/* Whether every byte of the frame's picture, description and metadata is that of its sequence number. */
bool ring_fixture_intact(const struct ring_reader *reader, const struct ring_frame *frame);

#endif
