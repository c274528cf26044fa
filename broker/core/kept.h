/* kept.h: what this core leaves to the next one: the records of workers and run-time entries beside those of the
 * control.
 */
#ifndef FRAMEBROKER_CORE_KEPT_H
#define FRAMEBROKER_CORE_KEPT_H
#include "core/core.h"

enum kept_kind { KEPT_RUNTIME = CONTROL_KIND_CORE, KEPT_WORKER, KEPT_LOG };

/* The hook of control.h. */
int kept_record(void *core, uint64_t key, const void *blob, size_t size, const int *fds, size_t fd_count);

/* Keeps all that has changed: in each turn of the loop, and before anybody acts on it. */
void kept_flush(void *core);

/* The run-time entries are others now. */
void kept_runtime(struct core *core);

/* A worker goes for good. */
void kept_drop_worker(void *core, const struct worker *worker);

#endif
