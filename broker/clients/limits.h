/* limits.h: what one user's programs may take, all together: broker.limits. Root and the broker's own user may take
 * what there is. Each function: 0, or a negative errno with a sentence that names the user, the limit and its key. */
#ifndef FRAMEBROKER_CLIENTS_LIMITS_H
#define FRAMEBROKER_CLIENTS_LIMITS_H
#include "clients/client.h"

/* Whether a client is not one too many, beside the others. -EUSERS. */
int limits_client(const struct client *client);

/* One more reader of the stream, which may hold so many frames. -EUSERS. */
int limits_reader(const struct client *client, const struct stream *stream, unsigned max_held);

/* One more stream that a program creates. -EUSERS. */
int limits_stream(const struct client *client);

/* So many bytes more for a stream, if a program of a limited user created it. -ENOSPC. */
int limits_memory(const struct control *control, const struct stream *stream, uint64_t bytes);

/* One more request that is answered when a stream has frames. -EUSERS. */
int limits_wait(const struct client *client);

/* One more message. -EPROTO. */
int limits_message(struct client *client, enum wire_type type);

#endif
