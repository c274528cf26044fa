/* pools.h: streams with several writers: who joins, what is left of who dies, and turns that take too long. */
#ifndef FRAMEBROKER_CONTROL_POOLS_H
#define FRAMEBROKER_CONTROL_POOLS_H
#include "clients/client.h"
#include "memory/memory.h"

/* Whether a writer may join the generation that runs or is being made; one that is outdated is retired. */
bool pools_joinable(struct stream *stream);

/* The client becomes one more writer, and is answered under serial when there is memory. -EAGAIN with error text: there
 * are max_writers; -ENOMEM. */
int pools_join(struct client *client, struct stream *stream, uint32_t serial);

/* A generation has its memory: it goes on with the order of the one before, and those who wait for it get it. */
void pools_begin(struct stream *stream, struct memory *memory);
void pools_grant(struct stream *stream);

/* A writer leaves or has died. False: it was the last, and nothing waits for its turn any more. */
bool pools_leave(struct stream *stream, struct writer *writer, bool end_of_stream, bool died);

/* Takes the numbers back that another core gave away and told nobody of. */
void pools_restore(struct stream *stream);

/* The generation ends for all its writers: what is ready appears, in order. */
void pools_retire(struct stream *stream);

/* A look at all pools and groups, soon and for as long as there is something to look at. */
void pools_look_soon(struct control *control);
void pools_tick(void *control);

#endif
