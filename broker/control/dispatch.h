/* dispatch.h: which function answers which message. */
#ifndef FRAMEBROKER_CONTROL_DISPATCH_H
#define FRAMEBROKER_CONTROL_DISPATCH_H
#include "clients/request.h"
#include "wire/message.h"

/* The request for a type; NULL: no client may send that. */
request_fn *dispatch_find(enum wire_type type);

#endif
