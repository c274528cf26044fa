/* clock.c: nanosecond clocks and deadlines. */
#include "base/clock.h"
#include <limits.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t clock_monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_utc_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_deadline(int64_t timeout_ns)
{
	int64_t deadline;
	if (timeout_ns < 0 || __builtin_add_overflow(clock_monotonic_ns(), timeout_ns, &deadline))
		return DEADLINE_NEVER;
	return deadline;
}

int64_t clock_left_ns(int64_t deadline_ns)
{
	if (deadline_ns == DEADLINE_NEVER)
		return INT64_MAX;
	int64_t left = deadline_ns - clock_monotonic_ns();
	return left > 0 ? left : 0;
}

int clock_left_ms(int64_t deadline_ns)
{
	if (deadline_ns == DEADLINE_NEVER)
		return -1;
	int64_t left = clock_left_ns(deadline_ns);
	if (left / NS_PER_MS >= INT_MAX)
		return INT_MAX;
	return (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

struct timespec clock_timespec(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
}
