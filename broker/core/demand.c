/* demand.c: starts a worker for its first reader, and stops it some time after its last. */
#include "core/demand.h"
#include "core/worker.h"

static void on_linger(void *context)
{
	struct worker *worker = context;
	if (!demand_allows(worker))
		worker_stop(worker);
}

int demand_init(struct demand *demand, struct loop *loop, struct worker *worker)
{
	return loop_timer_create(loop, on_linger, worker, &demand->timer);
}

void demand_clear(struct demand *demand)
{
	loop_timer_destroy(demand->timer);
}

bool demand_allows(const struct worker *worker)
{
	return !worker->demand.on || worker->kind->wanted(worker);
}

void demand_changed(struct worker *worker)
{
	if (!worker->demand.on)
		return;
	if (!demand_allows(worker)) {
		if (worker->phase != WORKER_IDLE)
			loop_timer_set(worker->demand.timer, worker->demand.linger_ns);
	} else if (worker->phase == WORKER_STOPPING) {
		worker->again = true;
	} else {
		worker_begin(worker);
	}
}
