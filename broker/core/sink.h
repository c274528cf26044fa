/* sink.h: one sink as the core sees it: its worker, and the streams that it waits for. */
#ifndef FRAMEBROKER_CORE_SINK_H
#define FRAMEBROKER_CORE_SINK_H
#include "core/plan.h"
#include "core/worker.h"

struct sink {
	struct worker worker;
	struct plan_sink planned; /* with a config of its own */
	char *given_job;          /* what the worker was given as its job; NULL: nothing yet */
};

/* Its worker's kind; what has that kind is a struct sink. */
extern const struct worker_kind sink_kind;

/* planned is copied. Goes with worker.kind->destroy(). */
int sink_create(struct worker_host *host, unsigned id, const struct plan_sink *planned, struct sink **ret_sink);

/* Follows another plan from now on. Returns whether anything has changed: its worker is then to be restarted. */
bool sink_take(struct sink *sink, const struct plan_sink *wanted);

/* Whether its worker has a job that now reads otherwise: its streams have other relatives. */
bool sink_is_stale(struct sink *sink);

/* The stream of its packets goes, and its readers get the end. */
void sink_remove_stream(struct sink *sink);

bool sink_reads(const struct sink *sink, const char *stream);

#endif
