/* generations.h: the way of a request to write from the message to the memory: room is made, reserved, filled in,
 * handed out. */
#ifndef FRAMEBROKER_STREAMS_GENERATIONS_H
#define FRAMEBROKER_STREAMS_GENERATIONS_H
#include "clients/client.h"
#include "ring/layout.h"

/* The client becomes the stream's writer with a new generation of that layout, whose generation and first are filled in
 * here; NULL: that of the stream which this one is like, as soon as that has one. It is answered under serial when the
 * memory is there, or when there is none. -EBUSY, -ENOMEM: it is not answered. */
int generations_open(struct client *client, struct stream *stream, uint32_t serial, const struct ring_layout *layout);

/* The client no longer waits for the answer under serial. */
void generations_forget(struct client *client, uint32_t serial);

#endif
