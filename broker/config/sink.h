/* sink.h: one entry of `sinks:`, a URL to which streams are encoded and pushed. */
#ifndef FRAMEBROKER_CONFIG_SINK_H
#define FRAMEBROKER_CONFIG_SINK_H
#include "config/errors.h"
#include "config/types.h"
#include <stdbool.h>
#include <stdint.h>

struct config_defaults;

enum config_late { CONFIG_LATE_REPEAT, CONFIG_LATE_SKIP };

struct config_sink_video {
	char *stream; /* "" = the sink has no video */
	char *codec;
	int64_t bit_rate;
	int gop_size; /* frames; CONFIG_AUTO */
	int max_b_frames;
	char *pixel_format;            /* "" = auto */
	int width, height;             /* CONFIG_NATIVE: the stream's */
	struct config_rate frame_rate; /* numerator 0 = the stream's */
	char *profile;                 /* "" = auto */
	int threads;                   /* CONFIG_AUTO */
	struct config_dictionary codec_options;
	char *filter;
	int frame_ahead; /* frames; CONFIG_AUTO = gop_size */
	enum config_late late;
	char *fallback; /* "" = none */
};

struct config_sink_audio {
	char *stream; /* "" = the sink has no audio */
	char *codec;
	int64_t bit_rate;
	int sample_rate; /* Hz; CONFIG_NATIVE: the stream's */
	int channels;    /* CONFIG_NATIVE: the stream's */
	struct config_dictionary codec_options;
};

struct config_sink {
	char *name;
	bool enabled;
	char *url; /* as for a source, so are user, password, format */
	char *user, *password;
	char *format;
	struct config_dictionary format_options;
	int64_t open_timeout_ns, write_timeout_ns;
	int64_t reconnect_delay_ns, reconnect_delay_max_ns;
	bool on_demand;
	int64_t linger_ns, max_delay_ns, preroll_ns;
	int64_t segment_time_ns, keep_ns; /* 0 = one file; 0 = kept for ever */
	uint64_t keep_bytes;              /* 0 = no limit */
	enum config_sandbox sandbox;
	struct config_sink_video video;
	struct config_sink_audio audio;
};

/* As config_source_from_text() in config/source.h, for a sink. */
int config_sink_from_text(const char *name, const char *text, const struct config_defaults *defaults,
			  struct config_sink **ret_sink, struct config_errors *errors);

/* As config_source_to_text() in config/source.h, for a sink. */
char *config_sink_to_text(const struct config_sink *sink);

/* A copy that shares nothing with the original; for config_sink_free(). */
struct config_sink *config_sink_copy(const struct config_sink *sink);

/* NULL is fine. For what from_text and copy returned, not for the entries of a struct config. */
void config_sink_free(struct config_sink *sink);

#endif
