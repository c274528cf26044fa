/* packets.h: the writer's own account of a packet stream's byte ring. Private to the ring's write side. */
#ifndef FRAMEBROKER_RING_PACKETS_H
#define FRAMEBROKER_RING_PACKETS_H
#include <stdint.h>

struct packets;

/* NULL: out of memory. */
struct packets *packets_create(unsigned slots, uint64_t bytes);
void packets_destroy(struct packets *packets); /* NULL is fine */

#endif
