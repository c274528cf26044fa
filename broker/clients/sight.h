/* sight.h: what a client is shown of the broker: the streams, sources and sinks with whose names it may do something,
 * and the clients of its own user. Who administers the whole broker sees everything. */
#ifndef FRAMEBROKER_CLIENTS_SIGHT_H
#define FRAMEBROKER_CLIENTS_SIGHT_H
#include "clients/client.h"
#include <jansson.h>

/* Takes out of the status (NULL is fine) what this client is not shown. */
void sight_of_status(const struct client *client, json_t *root);

/* Whether the client is told of that event. */
bool sight_of_event(const struct client *client, const json_t *event);

#endif
