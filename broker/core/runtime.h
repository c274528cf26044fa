/* runtime.h: what was added and removed at run time, laid over the configuration file, and kept in broker.runtime_file.
 *
 * An entry of the file that is removed is remembered here as removed; the file itself is never written. */
#ifndef FRAMEBROKER_CORE_RUNTIME_H
#define FRAMEBROKER_CORE_RUNTIME_H
#include "config/config.h"
#include <stdbool.h>

struct runtime { /* begins as {0} */
	struct config_source **sources;
	size_t source_count;
	struct config_source **outputs; /* of sources in the file: each has the name of its source, and one output */
	size_t output_count;
	struct config_stream **streams;
	size_t stream_count;
	struct config_sink **sinks;
	size_t sink_count;
	struct config_list removed_sources, removed_outputs, removed_streams, removed_sinks;
};

void runtime_clear(struct runtime *runtime);

/* Each takes its entry over. */
void runtime_add_source(struct runtime *runtime, struct config_source *source);
void runtime_add_output(struct runtime *runtime, struct config_source *output); /* to whom it belongs says its name */
void runtime_add_stream(struct runtime *runtime, struct config_stream *stream);
void runtime_add_sink(struct runtime *runtime, struct config_sink *sink);

/* Forgets what was added under that name: with a source the outputs that were added to it, as an output also one that
 * came with its source. */
void runtime_drop_source(struct runtime *runtime, const char *name);
bool runtime_drop_output(struct runtime *runtime, const char *name); /* false: there is none */
void runtime_drop_stream(struct runtime *runtime, const char *name);
void runtime_drop_sink(struct runtime *runtime, const char *name);

/* Remembers a name as removed, once. */
void runtime_remove(struct config_list *removed, const char *name);
bool runtime_is_removed(const struct config_list *removed, const char *name);

/* JSON with a line for each entry, secrets included; for free(). */
char *runtime_to_text(const struct runtime *runtime);

/* Reads it back; file stands for it in errors. 0, or -EINVAL with at least one line in errors. */
int runtime_from_text(const char *text, const char *file, struct runtime *ret_runtime, struct config_errors *errors);

/* The file at path, which need not be there. As runtime_from_text(). */
int runtime_load(const char *path, struct runtime *ret_runtime, struct config_errors *errors);

/* Puts it at path whole or not at all, readable only by the broker. A negative errno with error text. */
int runtime_save(const struct runtime *runtime, const char *path);

#endif
