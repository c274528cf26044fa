/* source_streams.h: the streams of a source, and how they follow its configuration. */
#ifndef FRAMEBROKER_CORE_SOURCE_STREAMS_H
#define FRAMEBROKER_CORE_SOURCE_STREAMS_H
#include "config/source.h"
#include "core/worker_state.h"

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

/* What it takes to go from one configuration to the other. */
enum source_change source_compare(const struct config_source *before, const struct config_source *after);

/* Takes its streams away, but those that wanted has too, as they are or in a way that they can become; wanted NULL:
 * all.
 */
void source_remove_streams(struct source *source, const struct config_source *wanted);

/* Adds the streams that it has not yet and changes those that have other keys, then has a copy of wanted as its
 * configuration. Fails at the first stream that cannot be added; the configuration is then the one before, with the
 * streams that were. */
int source_take(struct source *source, const struct config_source *wanted);

/* Each of its streams gets the state, or is live or not. */
void source_show_state(struct source *source);
void source_show_live(struct source *source);

/* Whether anybody reads or waits for any of its streams. */
bool source_wanted(const struct source *source);

bool source_has_stream(const struct source *source, const char *name);

/* Whether the URL alone tells that the source is live; what does not is found out by opening it. */
bool source_seems_live(const struct config_source *config);

#endif
