/* worker_report.h: what a worker's process reports. */
#ifndef FRAMEBROKER_CORE_WORKER_REPORT_H
#define FRAMEBROKER_CORE_WORKER_REPORT_H
#include "core/worker.h"

/* json is one object with "error", "mend", "statistics", and what the kind knows. */
void worker_report(struct worker *worker, enum fb_state state, const char *json);

#endif
