/* source.h: one entry of `sources:`, a URL that is decoded into one or more outputs. */
#ifndef FRAMEBROKER_CONFIG_SOURCE_H
#define FRAMEBROKER_CONFIG_SOURCE_H
#include "config/errors.h"
#include "config/output.h"
#include <stdbool.h>

struct config_defaults;

struct config_source {
	char *name;
	bool enabled;
	char *url;             /* as written, without user and password; show it only through config_url_redacted() */
	char *user, *password; /* "" = none; never log or show them */
	char *format;          /* FFmpeg demuxer; "" = auto */
	struct config_dictionary format_options;
	char *codec; /* FFmpeg decoder; "" = auto */
	struct config_dictionary codec_options;
	char *hwaccel; /* "" = none */
	char *hwaccel_device;
	struct config_rate readrate; /* numerator 0: as fast as readers take them */
	int stream_loop;             /* -1 = for ever */
	int64_t open_timeout_ns, read_timeout_ns;
	int64_t reconnect_delay_ns, reconnect_delay_max_ns;
	bool on_demand;
	int64_t linger_ns;
	enum config_sandbox sandbox;
	int64_t preroll_ns;
	struct config_output *outputs; /* at least one */
	size_t output_count;
};

/* Reads one source from YAML or JSON, a mapping of the keys of `sources: NAME:`. A `name` key is allowed there; name
 * NULL takes the name from it. defaults is merged under the keys; NULL: only the built-in defaults. ${NAME} stays as it
 * is: texts come from clients, who must not read the broker's secrets, and from config_source_to_text(). Returns 0 and
 * *ret_source for config_source_free(), or -EINVAL with at least one line in errors. */
int config_source_from_text(const char *name, const char *text, const struct config_defaults *defaults,
			    struct config_source **ret_source, struct config_errors *errors);

/* Reads one output that a source gets at run time: the keys of `outputs: NAME:`, and `source: NAME`. *ret_source has
 * the name of that source and this one output, and nothing else. As config_source_from_text(). */
int config_output_from_text(const char *name, const char *text, const struct config_defaults *defaults,
			    struct config_source **ret_source, struct config_errors *errors);

/* Its output of media packet, the first; NULL: none. And adds one as `preroll` does, with the name NAME/packets. */
const struct config_output *config_source_packets(const struct config_source *source);
struct config_output *config_source_add_packets(struct config_source *source, const struct config_defaults *defaults);

/* Adds a copy of an output, and takes one away (false: there is none of that name). */
void config_source_add_output(struct config_source *source, const struct config_output *output);
bool config_source_remove_output(struct config_source *source, const char *name);

/* JSON on one line: the name and every key that is not at its built-in default, secrets included, so for the worker's
 * socket and for comparing on reload only, never for people. config_source_from_text(NULL, text, NULL, …) gives the
 * same source again, and equal sources give equal texts. For free(). */
char *config_source_to_text(const struct config_source *source);

/* A copy that shares nothing with the original; for config_source_free(). */
struct config_source *config_source_copy(const struct config_source *source);

/* NULL is fine. For what from_text and copy returned, not for the entries of a struct config. */
void config_source_free(struct config_source *source);

#endif
