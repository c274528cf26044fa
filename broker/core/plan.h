/* plan.h: what should run: the configuration file with the run-time entries laid over it. */
#ifndef FRAMEBROKER_CORE_PLAN_H
#define FRAMEBROKER_CORE_PLAN_H
#include "core/runtime.h"

struct plan_source {
	struct config_source *config;
	bool runtime; /* added at run time */
};

struct plan_sink {
	struct config_sink *config;
	bool runtime;
};

struct plan {
	struct plan_source *sources;
	size_t source_count;
	struct config_stream **streams;
	size_t stream_count;
	struct plan_sink *sinks;
	size_t sink_count;
};

/* Copies of all that is enabled and not removed. Run-time entries win: what of the file has a name of theirs is left
 * out, with a line in notes; so has a sink that reads a stream that nobody declares. For plan_clear(). */
void plan_build(const struct config *config, const struct runtime *runtime, struct plan *ret_plan,
		struct config_errors *notes);
void plan_clear(struct plan *plan);

struct plan_source *plan_find_source(const struct plan *plan, const char *name); /* NULL: none */

struct plan_sink *plan_find_sink(const struct plan *plan, const char *name); /* NULL: none */

/* The source that writes a stream; NULL: none does. */
struct plan_source *plan_find_writer(const struct plan *plan, const char *stream);

bool plan_has_stream(const struct plan *plan, const char *name);

#endif
