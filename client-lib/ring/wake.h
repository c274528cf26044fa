/* wake.h: sleeping and waking across processes: a futex word for frames, a semaphore for room. */
#ifndef FRAMEBROKER_RING_WAKE_H
#define FRAMEBROKER_RING_WAKE_H
#include "ring/abi.h"

/* Sleeps while *word == seen, until woken, until the deadline, and never longer than one slice of 100 ms: a process
 * with only a read-only mapping can move a waiter away (FUTEX_REQUEUE). Works on a read-only mapping. */
void ring_wake_wait(_Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns);

/* Wakes everybody who sleeps on the word, without changing it. Works on a read-only mapping. */
void ring_wake_all(_Atomic uint32_t *word);

void ring_room_init(struct ring_room *room);                      /* for the core, in a new object e */
void ring_room_post(struct ring_room *room);                      /* never blocks */
void ring_room_wait(struct ring_room *room, int64_t deadline_ns); /* one slice of 50 ms at most */
void ring_room_drain(struct ring_room *room);                     /* at most 64 posts that nobody waited for */

#endif
