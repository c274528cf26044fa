/* schema_tables_run.c: the rows of sinks and processors. */
#include "base/limits.h"
#include "config/check.h"
#include "config/config.h"
#include "config/schema_rows.h"
#include "config/url.h"

static const char *const lates[] = {"repeat", "skip", NULL};
static const char *const modes[] = {"latest", "ordered", "lossless", NULL};

const char *const schema_sandboxes[] = {"off", "strict", NULL};

#define STRING_AUTO .initial = "auto", .special = "auto"
#define ENCODER .flags = SCHEMA_OF_ENCODER
#define BITS .min = 1000, .max = 1000000000

#define AT(member) offsetof(struct config_sink_video, member)
static const struct schema_row video_rows[] = {
	{"stream", SCHEMA_STRING, AT(stream), .flags = SCHEMA_REQUIRED},
	{"codec", SCHEMA_STRING, AT(codec), .initial = "libx264"},
	{"bit_rate", SCHEMA_BIT_RATE, AT(bit_rate), .initial = "2M", BITS, ENCODER},
	{"gop_size", SCHEMA_INT, AT(gop_size), STRING_AUTO, .special_value = CONFIG_AUTO, .min = 0, .max = 10000,
	 ENCODER},
	{"max_b_frames", SCHEMA_INT, AT(max_b_frames), .initial = "0", .min = 0, .max = 16, ENCODER},
	{"pixel_format", SCHEMA_STRING, AT(pixel_format), STRING_AUTO, ENCODER},
	{"width", SCHEMA_INT, AT(width), STRING_AUTO, .min = 1, .max = LIMIT_DIMENSION, ENCODER},
	{"height", SCHEMA_INT, AT(height), STRING_AUTO, .min = 1, .max = LIMIT_DIMENSION, ENCODER},
	{"frame_rate", SCHEMA_RATE, AT(frame_rate), STRING_AUTO, .min = 1, .max = 1000000, ENCODER},
	{"profile", SCHEMA_STRING, AT(profile), STRING_AUTO, ENCODER},
	{"threads", SCHEMA_INT, AT(threads), STRING_AUTO, .special_value = CONFIG_AUTO, .min = 0, .max = 256, ENCODER},
	{"codec_options", SCHEMA_DICTIONARY, AT(codec_options), .flags = SCHEMA_OF_ENCODER | SCHEMA_SECRET},
	{"filter", SCHEMA_STRING, AT(filter), .initial = "", ENCODER},
	{"frame_ahead", SCHEMA_INT, AT(frame_ahead), STRING_AUTO, .special_value = CONFIG_AUTO, .min = 0,
	 .max = 1000000},
	{"late", SCHEMA_ENUM, AT(late), .initial = "repeat", .words = lates, ENCODER},
	{"fallback", SCHEMA_STRING, AT(fallback), .initial = "", ENCODER},
};
#undef AT
const struct schema_table schema_sink_video = SCHEMA_TABLE(video_rows, struct config_sink_video);

#define AT(member) offsetof(struct config_sink_audio, member)
static const struct schema_row audio_rows[] = {
	{"stream", SCHEMA_STRING, AT(stream), .flags = SCHEMA_REQUIRED},
	{"codec", SCHEMA_STRING, AT(codec), .initial = "aac"},
	{"bit_rate", SCHEMA_BIT_RATE, AT(bit_rate), .initial = "128k", BITS, ENCODER},
	{"sample_rate", SCHEMA_INT, AT(sample_rate), STRING_AUTO, .min = 1000, .max = 768000, ENCODER},
	{"channels", SCHEMA_INT, AT(channels), STRING_AUTO, .min = 1, .max = 64, ENCODER},
	{"codec_options", SCHEMA_DICTIONARY, AT(codec_options), .flags = SCHEMA_OF_ENCODER | SCHEMA_SECRET},
};
#undef AT
const struct schema_table schema_sink_audio = SCHEMA_TABLE(audio_rows, struct config_sink_audio);

#define AT(member) offsetof(struct config_sink, member)
static const struct schema_row sink_rows[] = {
	{"enabled", SCHEMA_BOOL, AT(enabled), .initial = "true"},
	{"url", SCHEMA_STRING, AT(url), .max = LIMIT_URL, .flags = SCHEMA_REQUIRED | SCHEMA_SECRET},
	{"user", SCHEMA_STRING, AT(user), .initial = "", .max = CONFIG_CREDENTIAL_BYTES, .flags = SCHEMA_SECRET},
	{"password", SCHEMA_STRING, AT(password), .initial = "", .max = CONFIG_CREDENTIAL_BYTES,
	 .flags = SCHEMA_SECRET},
	{"format", SCHEMA_STRING, AT(format), STRING_AUTO},
	{"format_options", SCHEMA_DICTIONARY, AT(format_options), .flags = SCHEMA_SECRET},
	{"open_timeout", SCHEMA_DURATION, AT(open_timeout_ns), .initial = "10s", .min = 10 * NS_PER_MS, .max = DAY},
	{"write_timeout", SCHEMA_DURATION, AT(write_timeout_ns), .initial = "10s", .min = 10 * NS_PER_MS, .max = DAY},
	{"reconnect_delay", SCHEMA_DURATION, AT(reconnect_delay_ns), .initial = "500ms", .min = 10 * NS_PER_MS,
	 .max = DAY},
	{"reconnect_delay_max", SCHEMA_DURATION, AT(reconnect_delay_max_ns), .initial = "30s", .min = 10 * NS_PER_MS,
	 .max = DAY},
	{"on_demand", SCHEMA_BOOL, AT(on_demand), .initial = "false"},
	{"linger", SCHEMA_DURATION, AT(linger_ns), .initial = "30s", .min = 0, .max = DAY},
	{"max_delay", SCHEMA_DURATION, AT(max_delay_ns), .initial = "10s", .min = 0, .max = HOUR},
	{"preroll", SCHEMA_DURATION, AT(preroll_ns), .initial = "0s", .min = 0, .max = DAY},
	{"segment_time", SCHEMA_DURATION, AT(segment_time_ns), .initial = "0s", .min = 0, .max = 7 * DAY},
	{"keep", SCHEMA_DURATION, AT(keep_ns), .initial = "0s", .min = 0, .max = 20 * YEAR},
	{"keep_size", SCHEMA_SIZE, AT(keep_bytes), .initial = "0GiB", .min = 0, .max = INT64_C(1) << 60},
	{"sandbox", SCHEMA_ENUM, AT(sandbox), .initial = "off", .words = schema_sandboxes},
	{"video", SCHEMA_SECTION, AT(video), .table = &schema_sink_video, .flags = SCHEMA_ENTRY_ONLY},
	{"audio", SCHEMA_SECTION, AT(audio), .table = &schema_sink_audio, .flags = SCHEMA_ENTRY_ONLY},
};
const struct schema_table schema_sink =
	SCHEMA_ENTRY_TABLE(sink_rows, struct config_sink, AT(name), PROTOTYPE(sink), check_sink);
#undef AT

#define AT(member) offsetof(struct config_processor, member)
static const struct schema_row processor_rows[] = {
	{"enabled", SCHEMA_BOOL, AT(enabled), .initial = "true"},
	{"command", SCHEMA_LIST, AT(command), .flags = SCHEMA_REQUIRED},
	{"directory", SCHEMA_STRING, AT(directory), .initial = ""},
	{"environment", SCHEMA_DICTIONARY, AT(environment), .flags = SCHEMA_SECRET},
	{"reads", SCHEMA_LIST, AT(reads), .initial = ""},
	{"writes", SCHEMA_LIST, AT(writes), .initial = ""},
	{"mode", SCHEMA_ENUM, AT(mode), .initial = "latest", .words = modes},
	{"instances", SCHEMA_INT, AT(instances), .initial = "1", .min = 1, .max = 64},
	{"max_attempts", SCHEMA_INT, AT(max_attempts), .initial = "2", .min = 1, .max = 100},
	{"watchdog", SCHEMA_DURATION, AT(watchdog_ns), .initial = "0s", .min = 0, .max = DAY},
	{"restart_delay", SCHEMA_DURATION, AT(restart_delay_ns), .initial = "500ms", .min = 10 * NS_PER_MS, .max = DAY},
	{"restart_delay_max", SCHEMA_DURATION, AT(restart_delay_max_ns), .initial = "30s", .min = 10 * NS_PER_MS,
	 .max = DAY},
	{"on_demand", SCHEMA_BOOL, AT(on_demand), .initial = "false"},
	{"linger", SCHEMA_DURATION, AT(linger_ns), .initial = "10s", .min = 0, .max = DAY},
};
const struct schema_table schema_processor =
	SCHEMA_ENTRY_TABLE(processor_rows, struct config_processor, AT(name), PROTOTYPE(processor), NULL);
#undef AT
