/* send.h: messages to a client. What it does not take at once waits, in order. */
#ifndef FRAMEBROKER_CLIENTS_SEND_H
#define FRAMEBROKER_CLIENTS_SEND_H
#include "clients/client.h"

/* Sends now, or when the client takes it; fds stay the caller's. A client that leaves LIMIT_OUT_QUEUE bytes is
 * disconnected. */
void client_send(struct client *client, const struct wire_message *message, const int *fds, size_t fd_count);
void client_send_error(struct client *client, uint32_t serial, int err); /* with error_text() */
void client_send_done(struct client *client, uint32_t serial);

/* Sends what is queued as far as possible. */
void client_flush(struct client *client);

#endif
