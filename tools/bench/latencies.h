/* latencies.h: times in nanoseconds, gathered and printed as one JSON object. */
#ifndef FRAMEBROKER_BENCH_LATENCIES_H
#define FRAMEBROKER_BENCH_LATENCIES_H
#include <stddef.h>
#include <stdint.h>

#define LATENCY_ROUNDS 4000
#define LATENCY_INTERVAL_NS 1000000 /* between two rounds: long enough for the other side to be asleep again */

int64_t latency_now_ns(void);

/* Waits LATENCY_INTERVAL_NS. */
void latency_pause(void);

/* Sorts ns and prints {"rounds", "p50_us", "p99_us"}. */
void latencies_print(int64_t *ns, size_t count);

#endif
