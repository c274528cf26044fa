/* pool_order.h: the order of a stream with several writers, in its shared memory. */
#ifndef FRAMEBROKER_STREAMS_POOL_ORDER_H
#define FRAMEBROKER_STREAMS_POOL_ORDER_H
#include "registry/group.h"
#include "streams/streams.h"

/* The memory that the writers write in, or are about to; NULL: there is none. */
struct memory *pool_memory(const struct stream *stream);

/* A generation has its memory: it goes on with the order of the one before. */
void pool_begin(struct stream *stream, struct memory *memory);

/* The generation ends for all its writers: what is ready appears, in order. */
void pool_retire(struct stream *stream);

/* A writer leaves or has died. False: it was the last, and nothing waits for its turn any more. */
bool pool_leave(struct stream *stream, struct writer *writer, bool end_of_stream, bool died);

/* Takes the numbers back that another core gave away and told nobody of. */
void pool_restore(struct stream *stream);

/* A group reads that generation of its stream no more, or none: what nobody has begun on is no turn in the pools that
 * follow it. */
void pool_forsake(const struct group *group, const struct generation *generation);
void pool_abandon(const struct group *group);

/* Whether any frame waits for its turn. */
bool pool_is_waiting(const struct memory *memory);

/* Helps along, and passes over turns that take too long. False: the group whose frames make the order is gone, and
 * nothing is under way any more. */
bool pool_tick(struct stream *stream, struct memory *memory, int64_t now_ns);

#endif
