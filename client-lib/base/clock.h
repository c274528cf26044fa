/* clock.h: nanosecond clocks and deadlines. A timeout is relative (-1: for ever); a deadline is on CLOCK_MONOTONIC. */
#ifndef FRAMEBROKER_BASE_CLOCK_H
#define FRAMEBROKER_BASE_CLOCK_H
#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define DEADLINE_NEVER INT64_MAX

int64_t clock_monotonic_ns(void);
int64_t clock_utc_ns(void);

/* timeout_ns < 0 waits for ever; an overflowing sum does too. */
int64_t clock_deadline(int64_t timeout_ns);

/* What is left until the deadline, at least 0; INT64_MAX for DEADLINE_NEVER. */
int64_t clock_left_ns(int64_t deadline_ns);

/* The same in milliseconds for poll(): rounded up, at most INT_MAX, -1 for DEADLINE_NEVER. */
int clock_left_ms(int64_t deadline_ns);

struct timespec clock_timespec(int64_t ns);

#endif
