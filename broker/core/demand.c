/* demand.c: starts a worker for its first reader, and stops it some time after its last. */
#include "core/demand.h"

static void on_linger(void *context)
{
	struct worker *worker = context;
	if (!worker_is_demanded(worker))
		worker_stop(worker);
}

int demand_init(struct worker *worker)
{
	return loop_timer_create(worker->host->loop, on_linger, worker, &worker->demand.timer);
}

void demand_changed(struct worker *worker)
{
	if (!worker->demand.on)
		return;
	if (!worker_is_demanded(worker)) {
		if (worker->phase != WORKER_IDLE)
			loop_timer_set(worker->demand.timer, worker->demand.linger_ns);
	} else if (worker->phase == WORKER_STOPPING) {
		worker->again = true;
	} else {
		worker_begin(worker);
	}
}
