/* admin.h: administration by clients: what the core does, it is asked by a hook. */
#ifndef FRAMEBROKER_CONTROL_ADMIN_H
#define FRAMEBROKER_CONTROL_ADMIN_H
#include "clients/request.h"

struct control;

/* For the admin hook: whether the client that asks may read that stream, or administer that source, stream or sink;
 * always where none asks. -EACCES with error text. */
int control_may_read(const struct control *control, const char *stream);
int control_may_administer(const struct control *control, const char *name);

request_fn request_admin, request_kick;

#endif
