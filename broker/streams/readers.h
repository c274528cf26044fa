/* readers.h: who reads a stream, from the request to the end. */
#ifndef FRAMEBROKER_STREAMS_READERS_H
#define FRAMEBROKER_STREAMS_READERS_H
#include "clients/client.h"
#include "clients/request.h"

/* All of a client's places, which is gone. */
void readers_leave(struct client *client);

/* Gives up closed places that hold nothing any more. */
void readers_sweep(struct client *client);

/* What a reader asks. */
request_fn request_reader_open, request_reader_attach, request_reader_close;

#endif
