/* stream_readers.h: a stream and its readers: what they need of its generations, who wants it, and the end of both. */
#ifndef FRAMEBROKER_REGISTRY_STREAM_READERS_H
#define FRAMEBROKER_REGISTRY_STREAM_READERS_H
#include "registry/stream.h"

/* Whether a generation may begin: none is coming, and the one before the current can go without taking frames from a
 * lossless reader that has not seen it yet. */
bool stream_may_begin(const struct stream *stream);

/* A pass has ended: places opened until now get the end once they are drained; those opened after its last generation
 * was over wait for the next one. Its generations are over already. */
void stream_end(struct stream *stream);

/* Takes a generation out that no place needs any more and nobody writes, for generation_destroy(); NULL: there is none.
 */
struct generation *stream_take_unneeded(struct stream *stream);

/* Readers of the present pass, or waiters? */
bool stream_wanted(const struct stream *stream);

unsigned stream_readers(const struct stream *stream);

/* Frees it with its generations, which have no memory any more, and its places. NULL is fine. */
void stream_destroy(struct stream *stream);

#endif
