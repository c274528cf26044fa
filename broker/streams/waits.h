/* waits.h: clients that wait until frames flow. */
#ifndef FRAMEBROKER_STREAMS_WAITS_H
#define FRAMEBROKER_STREAMS_WAITS_H
#include "clients/client.h"
#include "clients/request.h"

/* For the loop's timer, which runs while somebody waits. */
void waits_poll(void *control);

/* All of a client's, which is gone. */
void waits_leave(struct client *client);

/* What who waits asks. */
request_fn request_wait, request_cancel;

#endif
