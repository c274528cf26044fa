/* requests.h: what a client may ask, a function for each message. Each answers by itself and returns 0, or returns a
 * negative errno with error text, which becomes the ERROR reply; -EPROTO ends the connection. */
#ifndef FRAMEBROKER_CONTROL_REQUESTS_H
#define FRAMEBROKER_CONTROL_REQUESTS_H
#include "control/client.h"

typedef int request_fn(struct client *client, const struct wire_message *message);

request_fn request_reader_open, request_reader_attach, request_reader_close; /* readers.c */
request_fn request_writer_open, request_writer_ready, request_writer_close;  /* writers.c */
request_fn request_wait, request_cancel;                                     /* waits.c */
request_fn request_status;                                                   /* status.c */
request_fn request_events;                                                   /* events.c */
request_fn request_admin, request_kick;                                      /* admin.c */
request_fn request_job, request_report;                                      /* workers.c */

/* The request for a type; NULL: no client may send that. */
request_fn *request_find(enum wire_type type);

#endif
