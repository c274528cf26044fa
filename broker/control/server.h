/* server.h: from the socket to the requests. */
#ifndef FRAMEBROKER_CONTROL_SERVER_H
#define FRAMEBROKER_CONTROL_SERVER_H
#include "clients/client.h"

/* Listens to a new client. It is gone where that fails. */
int server_watch(struct client *client);

/* Accepts one. For the loop's watch of the listening socket. */
void server_on_connection(void *control, int fd, uint32_t events);

/* Tries again to accept and to send what waits. For the loop's timers. */
void server_accept_again(void *control);
void server_flush(void *control);

/* Disconnects those who connected and said nothing. */
void server_check_greetings(struct control *control);

#endif
