/* opening.h: the way of a request to write from the message to the memory: room is made, reserved, filled in, handed
 * out. */
#ifndef FRAMEBROKER_CONTROL_OPENING_H
#define FRAMEBROKER_CONTROL_OPENING_H
#include "clients/client.h"
#include "ring/layout.h"

/* The client becomes the stream's writer with a new generation of that layout, whose generation and first are filled in
 * here; NULL: that of the stream which this one is like, as soon as that has one. It is answered under serial when the
 * memory is there, or when there is none. -EBUSY, -ENOMEM: it is not answered. */
int opening_start(struct client *client, struct stream *stream, uint32_t serial, const struct ring_layout *layout);

/* Gives a writer its generation, under serial. */
void opening_answer(const struct writer *writer, uint32_t serial, const struct generation *generation);

/* Whether that writer's request is not answered yet, and is the one that makes the generation. */
bool opening_is_of(const struct stream *stream, const struct writer *writer);

/* A reader has moved on, or there is a layout to copy: a request that waited for that goes on at the loop's next turn.
 */
void opening_retry(struct stream *stream);

/* Tells one of the stream's writers that its answer may take long: readers or another stream must do something first.
 */
void opening_tell(const struct stream *stream, const struct writer *writer, uint32_t serial);

/* The client no longer waits for the answer under serial. */
void opening_forget(struct client *client, uint32_t serial);

/* Ends it, with its coming generation: the answer is that the stream has ended. */
void opening_cancel(struct stream *stream);

#endif
