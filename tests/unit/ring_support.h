/* ring_support.h: one generation, its writer, and readers of it, for the tests of a ring in one thread. */
#ifndef FRAMEBROKER_TESTS_RING_SUPPORT_H
#define FRAMEBROKER_TESTS_RING_SUPPORT_H
#include "support/ring_fixture.h"

extern struct ring_fixture fixture;
extern struct ring_writer *writer;

void ring_begin(const struct ring_layout *layout);
int ring_end(void **state); /* cmocka's teardown */

/* At its place, which it is given first. */
struct ring_reader *reader_open(unsigned number, enum fb_mode mode, unsigned max_held);

/* So many frames; there must be room. */
void publish(unsigned count);

/* The reader's next frame, which must be there; it stays held. */
struct ring_frame take(struct ring_reader *reader);

#endif
