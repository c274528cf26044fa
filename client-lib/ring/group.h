/* group.h: how a group's member gets its frames. Private to the ring's read side. */
#ifndef FRAMEBROKER_RING_GROUP_H
#define FRAMEBROKER_RING_GROUP_H
#include "ring/hold.h"

/* One attempt for wait_for(): a frame that a dead member left, else the next that nobody has. */
int group_take(struct ring_reader *reader, void *frame);

/* Whether group_take() would give a frame now, or the end. */
bool group_ready(struct ring_reader *reader);

/* Whether the member takes no new frame just now, for the sake of the pool that its results go into. */
bool group_held_up(struct ring_reader *reader);

#endif
