/* pools.h: streams with several writers: who joins, and a look at them from time to time. */
#ifndef FRAMEBROKER_STREAMS_POOLS_H
#define FRAMEBROKER_STREAMS_POOLS_H
#include "clients/client.h"

/* Whether a writer may join the generation that runs or is being made; one that is outdated is retired. */
bool pools_joinable(struct stream *stream);

/* The client becomes one more writer, and is answered under serial when there is memory. -EAGAIN with error text: there
 * are max_writers; -ENOMEM. */
int pools_join(struct client *client, struct stream *stream, uint32_t serial);

/* A generation has its memory: those who wait for it get it. */
void pools_grant(struct stream *stream);

/* The look at all pools and groups, for the loop's timer; again as long as there is something to look at. */
void pools_tick(void *control);

#endif
