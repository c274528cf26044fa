/* status_stream.h: one stream in the status, and what is counted for it once a second. */
#ifndef FRAMEBROKER_CONTROL_STATUS_STREAM_H
#define FRAMEBROKER_CONTROL_STATUS_STREAM_H
#include "registry/stream.h"
#include <jansson.h>

struct control;

/* A string; what is no UTF-8 becomes "?". */
json_t *status_text(const char *text);

/* One stream, new; NULL: out of memory. */
json_t *status_stream(const struct stream *stream);

/* For the frames per second: once a second. */
void status_sample(struct control *control);

#endif
