/* source_streams.h: the streams of a source, and how they follow its configuration. */
#ifndef FRAMEBROKER_CORE_SOURCE_STREAMS_H
#define FRAMEBROKER_CORE_SOURCE_STREAMS_H
#include "core/source.h"

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
