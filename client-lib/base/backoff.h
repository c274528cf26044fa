/* backoff.h: how long to wait before the next try: doubled at each failure, with jitter, so that what failed together
 * does not come back together. */
#ifndef FRAMEBROKER_BASE_BACKOFF_H
#define FRAMEBROKER_BASE_BACKOFF_H
#include <stdint.h>

struct backoff {
	int64_t first_ns, max_ns;
	int64_t next_ns; /* before jitter; 0 = first_ns */
};

/* The delay before this try, jitter of up to 20 % either way included; the next one is twice as long, at most max_ns.
 * random: any number, fresh for each call. */
int64_t backoff_next(struct backoff *backoff, uint32_t random);

/* It works again: the next failure waits first_ns. */
void backoff_reset(struct backoff *backoff);

#endif
