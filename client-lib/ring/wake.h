/* wake.h: sleeping and waking across processes: a futex word for frames, and one for room. */
#ifndef FRAMEBROKER_RING_WAKE_H
#define FRAMEBROKER_RING_WAKE_H
#include "ring/abi.h"

/* Sleeps while *word == seen, until woken, until the deadline, and never longer than one slice of 100 ms: a process
 * with only a read-only mapping can move a waiter away (FUTEX_REQUEUE). Works on a read-only mapping. */
void ring_wake_wait(_Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns);

/* Wakes everybody who sleeps on the word, without changing it. Works on a read-only mapping. */
void ring_wake_all(_Atomic uint32_t *word);

/* Posts so far: loaded before the look for room after which one waits. */
uint32_t ring_room_posts(const struct ring_room *room);

/* Room may have come: wakes all who wait for it. Never blocks. */
void ring_room_post(struct ring_room *room);

/* Sleeps while there are that many posts, until the deadline, and never longer than one slice of 50 ms. */
void ring_room_wait(struct ring_room *room, uint32_t posts, int64_t deadline_ns);

#endif
