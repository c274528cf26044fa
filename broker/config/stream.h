/* stream.h: one entry of `streams:`, written by the user's programs or by a processor. */
#ifndef FRAMEBROKER_CONFIG_STREAM_H
#define FRAMEBROKER_CONFIG_STREAM_H
#include "config/errors.h"
#include "config/output.h"

struct config_defaults;

struct config_stream {
	struct config_output output; /* output.name is the stream's name */
	char *like;                  /* the stream whose layout is copied; "" = the output's keys are the layout */
	int max_writers;
	int64_t reorder_timeout_ns;
};

/* As config_source_from_text() in config/source.h, for a stream. */
int config_stream_from_text(const char *name, const char *text, const struct config_defaults *defaults,
			    struct config_stream **ret_stream, struct config_errors *errors);

/* As config_source_to_text() in config/source.h, for a stream. */
char *config_stream_to_text(const struct config_stream *stream);

/* A copy that shares nothing with the original; for config_stream_free(). */
struct config_stream *config_stream_copy(const struct config_stream *stream);

/* NULL is fine. For what from_text and copy returned, not for the entries of a struct config. */
void config_stream_free(struct config_stream *stream);

#endif
