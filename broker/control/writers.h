/* writers.h: who writes a stream, from the request to the end. */
#ifndef FRAMEBROKER_CONTROL_WRITERS_H
#define FRAMEBROKER_CONTROL_WRITERS_H
#include "clients/client.h"
#include "clients/request.h"
#include "ring/layout.h"

/* The client becomes the stream's writer, as it asked under serial. -ENOMEM. */
int writers_add(struct client *client, struct stream *stream, uint32_t serial, struct writer **ret_writer);

/* The layout of a stream that is like another one, to open it with. -EAGAIN: there is none yet. */
int writers_like(struct stream *stream, struct ring_layout *ret_layout);

/* The stream gets no more frames from its writer. */
void writers_retire(struct stream *stream);

/* A pool's last writer has gone, and nothing waits for its turn: the generation ends. The stream may be gone
 * afterwards. */
void writers_pool_ends(struct stream *stream);

/* Whether it is a writer of its stream still. */
bool writers_is_writing(const struct writer *writer);

/* The writer goes, its stream with it where it was created by it. Settles the stream. */
void writers_release(struct client *client, struct writer *writer, bool end_of_stream);

/* All of a client's, which is gone. */
void writers_leave(struct client *client);

/* The stream is about to be freed. */
void writers_forget(struct control *control, const struct stream *stream);

/* What a writer asks. */
request_fn request_writer_open, request_writer_ready, request_writer_close;

#endif
