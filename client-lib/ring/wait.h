/* wait.h: how a reader waits, whatever it waits for. Private to the ring's read side. */
#ifndef FRAMEBROKER_RING_WAIT_H
#define FRAMEBROKER_RING_WAIT_H
#include "ring/hold.h"

/* The newest frame that counts: head, and not beyond the generation's last one. */
uint64_t wait_end(const struct ring_map *map);

/* The writer did not wait for this lossless reader any longer. */
bool wait_evicted(const struct ring_reader *reader);

/* One attempt, which does not wait. -EAGAIN: nothing yet; -EBUSY: its writer is deciding about the frame; else the
 * result. */
typedef int wait_attempt_fn(struct ring_reader *reader, void *arg);

/* Attempts until there is a result, waiting for the writer between. Of its own: -ETIMEDOUT, -ENOBUFS (it makes no sense
 * to wait while max_held frames are held), -EAGAIN (state or newest generation of the stream changed). */
int wait_for(struct ring_reader *reader, int64_t deadline_ns, wait_attempt_fn *attempt, void *arg);

#endif
