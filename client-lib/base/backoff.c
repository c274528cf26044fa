/* backoff.c: how long to wait before the next try. */
#include "base/backoff.h"

int64_t backoff_next(struct backoff *backoff, uint32_t random)
{
	int64_t delay = backoff->next_ns ? backoff->next_ns : backoff->first_ns;
	if (delay > backoff->max_ns)
		delay = backoff->max_ns;
	backoff->next_ns = delay > backoff->max_ns / 2 ? backoff->max_ns : delay * 2;
	return delay / 5 * 4 + delay / 1000 * (random % 401);
}

void backoff_reset(struct backoff *backoff)
{
	backoff->next_ns = 0;
}
