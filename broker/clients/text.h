/* text.h: replies of any length. */
#ifndef FRAMEBROKER_CLIENTS_TEXT_H
#define FRAMEBROKER_CLIENTS_TEXT_H
#include "clients/client.h"

/* A TEXT message: the text itself or, where it is long, a sealed memfd. 0, -EMSGSIZE, or why there is no memfd. */
int client_send_text(struct client *client, uint32_t serial, const char *text, size_t size);

#endif
