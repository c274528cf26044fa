/* request.h: what a client may ask, a function for each message. Each answers by itself and returns 0, or returns a
 * negative errno with error text, which becomes the ERROR reply; -EPROTO ends the connection. */
#ifndef FRAMEBROKER_CLIENTS_REQUEST_H
#define FRAMEBROKER_CLIENTS_REQUEST_H

struct client;
struct wire_message;

typedef int request_fn(struct client *client, const struct wire_message *message);

#endif
