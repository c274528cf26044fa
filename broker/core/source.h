/* source.h: one source as the core sees it: its worker, and who wants its streams. */
#ifndef FRAMEBROKER_CORE_SOURCE_H
#define FRAMEBROKER_CORE_SOURCE_H
#include "core/source_streams.h"

/* Its worker's kind; what has that kind is a struct source. */
extern const struct worker_kind source_kind;

/* config is copied, but for its outputs: they come with source_take(). Goes with worker.kind->destroy(). */
int source_create(struct worker_host *host, unsigned id, const struct config_source *config,
		  struct source **ret_source);

/* The job has changed while the worker runs. */
void source_tell_job(struct source *source);

#endif
