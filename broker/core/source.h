/* source.h: one source as the core sees it: its worker, its streams, and who wants them. */
#ifndef FRAMEBROKER_CORE_SOURCE_H
#define FRAMEBROKER_CORE_SOURCE_H
#include "config/source.h"
#include "core/worker.h"

/* What a change of configuration asks for. */
enum source_change {
	SOURCE_SAME,
	SOURCE_OUTPUTS, /* outputs came, changed or went, nothing else: the worker goes on */
	SOURCE_RESTART
};

struct source {
	struct worker worker;
	struct config_source *config; /* its outputs are the streams that it has at the control */
	enum source_change change;    /* while a new configuration is taken */
	bool live;                    /* the source is a live one; a guess until it was opened */
	int64_t epoch_ns;
};

/* Its worker's kind; what has that kind is a struct source. */
extern const struct worker_kind source_kind;

/* config is copied, but for its outputs: they come with source_take(). Goes with worker.kind->destroy(). */
int source_create(struct worker_host *host, unsigned id, const struct config_source *config,
		  struct source **ret_source);

/* The job has changed while the worker runs. */
void source_tell_job(struct source *source);

#endif
