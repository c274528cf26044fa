/* status.h: the whole status, docs/protocol.md. */
#ifndef FRAMEBROKER_CONTROL_STATUS_H
#define FRAMEBROKER_CONTROL_STATUS_H
#include "clients/request.h"

/* All of it that the client may see. */
request_fn request_status;

#endif
