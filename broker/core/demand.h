/* demand.h: a worker that runs on demand: while somebody reads or waits for what it makes, and `linger` longer. */
#ifndef FRAMEBROKER_CORE_DEMAND_H
#define FRAMEBROKER_CORE_DEMAND_H
#include "loop/loop.h"
#include <stdbool.h>
#include <stdint.h>

struct worker;

struct demand {
	bool on; /* else it runs in any case */
	int64_t linger_ns;
	struct loop_timer *timer; /* nobody has read for so long */
};

/* Fills a zeroed one, off, for demand_clear() in any case. */
int demand_init(struct demand *demand, struct loop *loop, struct worker *worker);
void demand_clear(struct demand *demand);

/* Whether nothing but demand could forbid the worker to run. */
bool demand_allows(const struct worker *worker);

/* Readers or waiters of its streams came or went: for worker_kind.demand(). */
void demand_changed(struct worker *worker);

#endif
