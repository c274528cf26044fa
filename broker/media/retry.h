/* retry.h: how long a worker waits before it tries to connect again. */
#ifndef FRAMEBROKER_MEDIA_RETRY_H
#define FRAMEBROKER_MEDIA_RETRY_H
#include "base/backoff.h"
#include "media/errors.h"

/* After that error: what the backoff says; where nothing listens at the address, a second at most (or the backoff's
 * first delay), as asking again costs nobody anything then, and who comes back is found at once. */
int64_t retry_delay_ns(struct backoff *backoff, const struct media_error *error);

#endif
