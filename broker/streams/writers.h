/* writers.h: who writes a stream. */
#ifndef FRAMEBROKER_STREAMS_WRITERS_H
#define FRAMEBROKER_STREAMS_WRITERS_H
#include "clients/client.h"
#include "registry/stream.h"

/* The client becomes the stream's writer, as it asked under serial. -ENOMEM. */
int writers_add(struct client *client, struct stream *stream, uint32_t serial, struct writer **ret_writer);

/* NULL: the client has none of that number. */
struct writer *writers_find(const struct client *client, uint32_t id);

/* A pool's last writer has gone, and nothing waits for its turn: the generation ends. The stream may be gone
 * afterwards. */
void writers_pool_ends(struct stream *stream);

/* Whether it is a writer of its stream still. */
bool writers_is_writing(const struct writer *writer);

/* The writer goes, its stream with it where it was created by it. Settles the stream. */
void writers_release(struct client *client, struct writer *writer, bool end_of_stream);

/* All of a client's, which is gone. */
void writers_leave(struct client *client);

/* Frees one that is no writer of its stream any more. */
void writers_drop(struct client *client, struct writer *writer);

#endif
