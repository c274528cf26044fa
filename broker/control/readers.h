/* readers.h: readers' places in the memory of generations. */
#ifndef FRAMEBROKER_CONTROL_READERS_H
#define FRAMEBROKER_CONTROL_READERS_H
#include "clients/client.h"
#include "clients/request.h"

/* Sets up the places of all readers that a new generation has; nobody writes it yet. */
int readers_seat_all(struct stream *stream, struct generation *generation);

/* Takes a place out of the generations' memory; frees it, and its group with the last member. */
void readers_unseat(struct place *place);
void readers_free(struct place *place);

/* All of a client's places, which is gone. */
void readers_leave(struct client *client);

/* Gives up closed places that hold nothing any more. */
void readers_sweep(struct client *client);

/* What a reader asks. */
request_fn request_reader_open, request_reader_attach, request_reader_close;

#endif
