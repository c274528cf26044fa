/* writing.h: what a writer asks: the way of one from the request to the end. */
#ifndef FRAMEBROKER_STREAMS_WRITING_H
#define FRAMEBROKER_STREAMS_WRITING_H
#include "clients/request.h"

request_fn request_writer_open, request_writer_ready, request_writer_close;

#endif
