/* config.h: a whole configuration, as read from a file and what it includes. */
#ifndef FRAMEBROKER_CONFIG_CONFIG_H
#define FRAMEBROKER_CONFIG_CONFIG_H
#include "config/broker.h"
#include "config/errors.h"
#include "config/output.h"
#include "config/processor.h"
#include "config/sink.h"
#include "config/source.h"
#include "config/stream.h"

/* The keys of `defaults:` over the built-in ones: every entry of its kind begins as a copy of these. Names are NULL. */
struct config_defaults {
	struct config_source source;
	struct config_output output; /* for streams too */
	struct config_sink sink;
	struct config_processor processor;
};

struct config {
	struct config_list include; /* the main file's globs, as written; what they name is merged already */
	struct config_broker broker;
	struct config_rtsp rtsp;
	struct config_http http;
	struct config_defaults defaults;
	struct config_source *sources; /* disabled ones too */
	size_t source_count;
	struct config_stream *streams;
	size_t stream_count;
	struct config_sink *sinks; /* disabled ones too */
	size_t sink_count;
	struct config_processor *processors; /* refused in this version: always empty */
	size_t processor_count;
};

/* Reads a YAML file and its includes. Returns 0 and *ret_config for config_free(), or a negative errno with at least
 * one line in errors: -EINVAL for what is written there, else why a file could not be read. Blocks on the disk. */
int config_load_file(const char *path, struct config **ret_config, struct config_errors *errors);

/* The same from size bytes of YAML or JSON; name stands for the file in errors, includes are relative to the working
 * directory. Empty text is a configuration with every key at its default. */
int config_load_text(const char *text, size_t size, const char *name, struct config **ret_config,
		     struct config_errors *errors);

/* All that was read but `include`, secrets too, as text for config_from_text(); for free(). */
char *config_to_text(const struct config *config);

/* Reads that back, as config_load_text(). */
int config_from_text(const char *text, struct config **ret_config, struct config_errors *errors);

/* NULL is fine. */
void config_free(struct config *config);

#endif
