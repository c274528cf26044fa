/* permission.h: what a client may do, in a sentence. */
#ifndef FRAMEBROKER_CLIENTS_PERMISSION_H
#define FRAMEBROKER_CLIENTS_PERMISSION_H
#include "clients/client.h"

/* Whether it may read, or write, the stream of that name; our own workers may. 0, or -EACCES with error text. */
int permission_to_read(const struct client *client, const char *stream);
int permission_to_write(const struct client *client, const char *stream);

#endif
