/* status.h: the parts of the status, docs/protocol.md; and what is counted for it once a second. */
#ifndef FRAMEBROKER_CONTROL_STATUS_H
#define FRAMEBROKER_CONTROL_STATUS_H
#include "clients/request.h"
#include "registry/stream.h"
#include <jansson.h>

struct control;

/* A string; what is no UTF-8 becomes "?". */
json_t *status_text(const char *text);

/* One stream, new; NULL: out of memory. */
json_t *status_stream(const struct stream *stream);

/* For the frames per second: once a second. */
void status_sample(struct control *control);

/* All of it, as the client may see it. */
request_fn request_status;

#endif
