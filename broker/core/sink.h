/* sink.h: one sink as the core sees it: its worker, and the streams that it waits for. */
#ifndef FRAMEBROKER_CORE_SINK_H
#define FRAMEBROKER_CORE_SINK_H
#include "config/sink.h"
#include "core/worker.h"

struct sink {
	struct worker worker;
	struct config_sink *config;
	char *given_job; /* what the worker was given as its job; NULL: nothing yet */
};

/* Its worker's kind; what has that kind is a struct sink. */
extern const struct worker_kind sink_kind;

/* config is copied. Goes with worker.kind->destroy(). */
int sink_create(struct worker_host *host, unsigned id, const struct config_sink *config, struct sink **ret_sink);

/* Has another configuration from now on. Returns whether anything has changed: its worker is then to be restarted. */
bool sink_take(struct sink *sink, const struct config_sink *wanted);

/* Whether its worker has a job that now reads otherwise: its streams have other relatives. */
bool sink_is_stale(struct sink *sink);

bool sink_reads(const struct sink *sink, const char *stream);

#endif
