/* plan.h: what should run: the configuration file with the run-time entries laid over it. */
#ifndef FRAMEBROKER_CORE_PLAN_H
#define FRAMEBROKER_CORE_PLAN_H
#include "base/limits.h"
#include "core/runtime.h"

struct plan_source {
	struct config_source *config;
	bool runtime; /* added at run time */
};

/* What a sink reads for its picture or its sound. */
struct plan_input {
	char stream[LIMIT_NAME + 1]; /* "": it has none */
	bool packets;                /* encoded ones, to be copied: those of this track of its media */
	int track;                   /* CONFIG_AUTO */
	char meant[LIMIT_NAME + 1];  /* where nobody declares it: a name that is near; "": none is */
};

#define PLAN_FAULT_SIZE 256

struct plan_sink {
	struct config_sink *config;
	bool runtime;
	struct plan_input video, audio;
	char packets[LIMIT_NAME + 1]; /* the stream that it makes of what it has encoded; "": none */
	char fault[PLAN_FAULT_SIZE];  /* why it cannot run; "": it can */
	const char *mend;             /* of the fault */
};

struct plan {
	struct plan_source *sources;
	size_t source_count;
	struct config_stream **streams;
	size_t stream_count;
	struct plan_sink *sinks;
	size_t sink_count;
};

void plan_clear(struct plan *plan);

struct plan_source *plan_find_source(const struct plan *plan, const char *name); /* NULL: none */

struct plan_sink *plan_find_sink(const struct plan *plan, const char *name); /* NULL: none */

/* The source that writes a stream; NULL: none does. */
struct plan_source *plan_find_writer(const struct plan *plan, const char *stream);

/* The sink that makes a stream of its packets; NULL: none does. */
struct plan_sink *plan_find_encoder(const struct plan *plan, const char *stream);

/* Whether it is one of the outputs. */
bool plan_source_has(const struct config_source *source, const char *name);

bool plan_has_stream(const struct plan *plan, const char *name);

#endif
