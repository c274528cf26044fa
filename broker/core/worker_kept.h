/* worker_kept.h: a worker as the next core is to find it. */
#ifndef FRAMEBROKER_CORE_WORKER_KEPT_H
#define FRAMEBROKER_CORE_WORKER_KEPT_H
#include "core/worker.h"

/* NULL: no memory. */
struct json_t *worker_pack(const struct worker *worker);

/* Fills a new worker in; its kind's part too. -EPROTO with error text. */
int worker_unpack(struct worker *worker, const struct json_t *json);

#endif
