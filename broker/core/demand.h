/* demand.h: a worker that runs on demand: while somebody reads or waits for what it makes, and `linger` longer. */
#ifndef FRAMEBROKER_CORE_DEMAND_H
#define FRAMEBROKER_CORE_DEMAND_H
#include "core/worker.h"

/* For a worker that may be told to; it goes with the worker. */
int demand_init(struct worker *worker);

/* Readers or waiters of its streams came or went: for worker_kind.demand(). */
void demand_changed(struct worker *worker);

#endif
