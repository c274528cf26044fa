/* waits.h: clients that wait until frames flow. */
#ifndef FRAMEBROKER_CONTROL_WAITS_H
#define FRAMEBROKER_CONTROL_WAITS_H
#include "clients/client.h"
#include "clients/request.h"

/* Answers those whose stream has a frame. Does not settle: whoever got an answer is demand until the next look. */
void waits_check(struct control *control);

/* For the loop's timer, which runs while somebody waits. */
void waits_poll(void *control);

/* All of a client's, which is gone. */
void waits_leave(struct client *client);

/* What who waits asks. */
request_fn request_wait, request_cancel;

#endif
