/* latencies.c: times in nanoseconds, gathered and printed. */
#include "latencies.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t latency_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void latency_pause(void)
{
	nanosleep(&(struct timespec){.tv_nsec = LATENCY_INTERVAL_NS}, NULL);
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return (left > right) - (left < right);
}

void latencies_print(int64_t *ns, size_t count)
{
	qsort(ns, count, sizeof(*ns), compare);
	printf("{\"rounds\": %zu, \"p50_us\": %.2f, \"p99_us\": %.2f}\n", count, ns[count / 2] / 1e3,
	       ns[count * 99 / 100] / 1e3);
}
