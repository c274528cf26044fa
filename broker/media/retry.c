/* retry.c: the backoff, with chance that no process shares. */
#include "media/retry.h"
#include "base/clock.h"
#include <sys/random.h>

#define ABSENT_NS NS_PER_SECOND

static uint32_t random_number(void)
{
	uint32_t number = 0;
	return getrandom(&number, sizeof number, GRND_NONBLOCK) < 0 ? (uint32_t)clock_monotonic_ns() : number;
}

int64_t retry_delay_ns(struct backoff *backoff, const struct media_error *error)
{
	int64_t least_ns = backoff->first_ns > ABSENT_NS ? backoff->first_ns : ABSENT_NS;
	struct backoff often = {.first_ns = least_ns, .max_ns = least_ns};
	int64_t delay_ns = backoff_next(backoff, random_number());
	return error->absent && delay_ns > least_ns ? backoff_next(&often, random_number()) : delay_ns;
}
