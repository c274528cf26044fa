/* schema_tables.c: the rows of broker, sources, outputs and streams, and of the whole file. */
#include "base/clock.h"
#include "base/limits.h"
#include "config/check.h"
#include "config/config.h"
#include "config/schema_rows.h"
#include "config/url.h"

static const char *const memories[] = {"auto", "posix", "memfd", "sealed", NULL};
static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};
static const char *const log_formats[] = {"text", "json", NULL};
static const char *const allows[] = {"read", "write", "admin", NULL};
static const char *const medias[] = {"video", "audio", "packet", NULL};
static const char *const fps_modes[] = {"vfr", "cfr", NULL};
static const char *const scales[] = {"accurate", "fast", NULL};
static const char *const sample_formats[] = {"s16", "s32", "flt", NULL};
static const char *const losslesses[] = {"auto", "allow", "deny", NULL};

#define AT(member) offsetof(struct config_access, member)
static const struct schema_row access_rows[] = {
	{"user", SCHEMA_STRING, AT(user), .initial = ""},
	{"group", SCHEMA_STRING, AT(group), .initial = ""},
	{"streams", SCHEMA_LIST, AT(streams), .initial = "*"},
	{"allow", SCHEMA_FLAGS, AT(allow), .initial = "read write admin", .words = allows},
};
#undef AT
static const struct schema_table access_table = SCHEMA_TABLE(access_rows, struct config_access);

#define AT(member) offsetof(struct config_limits, member)
#define AUTO .initial = "auto", .special = "auto", .special_value
static const struct schema_row limits_rows[] = {
	{"clients", SCHEMA_INT, AT(clients), AUTO = CONFIG_AUTO, .min = 1, .max = 65536},
	{"readers", SCHEMA_INT, AT(readers), AUTO = CONFIG_AUTO, .min = 1, .max = LIMIT_READERS},
	{"held", SCHEMA_INT, AT(held), AUTO = CONFIG_AUTO, .min = 1, .max = LIMIT_READERS * LIMIT_HELD},
	{"streams", SCHEMA_INT, AT(streams), .initial = "16", .min = 0, .max = LIMIT_STREAMS},
	{"memory", SCHEMA_SIZE, AT(memory_bytes), AUTO = CONFIG_AUTO_SIZE, .min = 1 << 20, .max = INT64_C(1) << 44},
	{"messages", SCHEMA_INT, AT(messages), .initial = "2000", .min = 10, .max = 1000000},
};
#undef AUTO
#undef AT
static const struct schema_table limits_table = SCHEMA_TABLE(limits_rows, struct config_limits);

#define AT(member) offsetof(struct config_broker, member)
static const struct schema_row broker_rows[] = {
	{"socket", SCHEMA_STRING, AT(socket), .initial = "auto", .special = "auto", .max = SOCKET_PATH_BYTES},
	{"socket_mode", SCHEMA_MODE, AT(socket_mode), .initial = "0660"},
	{"socket_group", SCHEMA_STRING, AT(socket_group), .initial = ""},
	{"memory", SCHEMA_ENUM, AT(memory), .initial = "auto", .words = memories},
	{"memory_limit", SCHEMA_SIZE, AT(memory_limit_bytes), .initial = "auto", .special = "auto",
	 .special_value = CONFIG_AUTO_SIZE, .min = 1 << 20, .max = INT64_C(1) << 44},
	{"max_clients", SCHEMA_INT, AT(max_clients), .initial = "256", .min = 1, .max = 65536},
	{"limits", SCHEMA_SECTION, AT(limits), .table = &limits_table},
	{"orphan_timeout", SCHEMA_DURATION, AT(orphan_timeout_ns), .initial = "60s", .min = 0, .max = DAY},
	{"runtime_file", SCHEMA_STRING, AT(runtime_file), .initial = ""},
	{"log_level", SCHEMA_ENUM, AT(log_level), .initial = "info", .words = log_levels},
	{"log_format", SCHEMA_ENUM, AT(log_format), .initial = "text", .words = log_formats},
	{"access", SCHEMA_SEQUENCE, AT(access), .flags = SCHEMA_ONE, .table = &access_table,
	 .count_offset = AT(access_count)},
};
#undef AT
const struct schema_table schema_broker = SCHEMA_TABLE(broker_rows, struct config_broker);

#define AT(member) offsetof(struct config_rtsp, member)
static const struct schema_row rtsp_rows[] = {
	{"listen", SCHEMA_STRING, AT(listen), .initial = ""},
	{"user", SCHEMA_STRING, AT(user), .initial = "", .flags = SCHEMA_SECRET},
	{"password", SCHEMA_STRING, AT(password), .initial = "", .flags = SCHEMA_SECRET},
};
#undef AT
static const struct schema_table rtsp_table = SCHEMA_TABLE(rtsp_rows, struct config_rtsp);

#define AT(member) offsetof(struct config_http, member)
static const struct schema_row http_rows[] = {
	{"listen", SCHEMA_STRING, AT(listen), .initial = ""}, /* 127.0.0.1:8080 from the version on that has it */
	{"token", SCHEMA_STRING, AT(token), .initial = "", .flags = SCHEMA_SECRET},
	{"admin", SCHEMA_BOOL, AT(admin), .initial = "false"},
	{"tls_certificate", SCHEMA_STRING, AT(tls_certificate), .initial = ""},
	{"tls_key", SCHEMA_STRING, AT(tls_key), .initial = ""},
	{"allow_origins", SCHEMA_LIST, AT(allow_origins), .initial = ""},
};
#undef AT
static const struct schema_table http_table = SCHEMA_TABLE(http_rows, struct config_http);

#define AT(member) offsetof(struct config_output, member)
#define VIDEO .flags = SCHEMA_OF_VIDEO
#define AUDIO .flags = SCHEMA_OF_AUDIO
static const struct schema_row output_rows[] = {
	{"media", SCHEMA_ENUM, AT(media), .initial = "video", .words = medias, .flags = SCHEMA_OF_LAYOUT},
	{"track", SCHEMA_INT, AT(track), .initial = "auto", .special = "auto", .special_value = CONFIG_AUTO, .min = 0,
	 .max = 1023, .flags = SCHEMA_OF_SOURCE},
	{"pixel_format", SCHEMA_STRING, AT(pixel_format), .initial = "native", .special = "native",
	 VIDEO | SCHEMA_OF_LAYOUT},
	{"width", SCHEMA_INT, AT(width), .initial = "native", .special = "native", .min = 1, .max = LIMIT_DIMENSION,
	 VIDEO | SCHEMA_OF_LAYOUT},
	{"height", SCHEMA_INT, AT(height), .initial = "native", .special = "native", .min = 1, .max = LIMIT_DIMENSION,
	 VIDEO | SCHEMA_OF_LAYOUT},
	{"frame_rate", SCHEMA_RATE, AT(frame_rate), .initial = "native", .special = "native", .min = 1, .max = 1000000,
	 VIDEO | SCHEMA_OF_LAYOUT},
	{"fps_mode", SCHEMA_ENUM, AT(fps_mode), .initial = "vfr", .words = fps_modes, VIDEO | SCHEMA_OF_SOURCE},
	{"filter", SCHEMA_STRING, AT(filter), .initial = "", .flags = SCHEMA_OF_SOURCE},
	{"scale", SCHEMA_ENUM, AT(scale), .initial = "accurate", .words = scales, VIDEO | SCHEMA_OF_SOURCE},
	{"depth", SCHEMA_INT, AT(depth), .initial = "auto", .special = "auto", .special_value = CONFIG_DEPTH_AUTO,
	 .min = 1, .max = LIMIT_SLOTS / 2},
	{"spare", SCHEMA_INT, AT(spare), .initial = "8", .min = 0, .max = LIMIT_SLOTS / 4},
	{"max_readers", SCHEMA_INT, AT(max_readers), .initial = "64", .min = 1, .max = LIMIT_READERS},
	{"max_held", SCHEMA_INT, AT(max_held), .initial = "8", .min = 1, .max = LIMIT_HELD},
	{"metadata_size", SCHEMA_SIZE, AT(metadata_bytes), .initial = "4KiB", .min = 0, .max = LIMIT_METADATA},
	{"lossless", SCHEMA_ENUM, AT(lossless), .initial = "auto", .words = losslesses},
	{"lossless_timeout", SCHEMA_DURATION, AT(lossless_timeout_ns), .initial = "10s", .min = 10 * NS_PER_MS,
	 .max = DAY},
	{"sample_format", SCHEMA_ENUM, AT(sample_format), .initial = "s16", .words = sample_formats,
	 AUDIO | SCHEMA_OF_LAYOUT},
	{"sample_rate", SCHEMA_INT, AT(sample_rate), .initial = "native", .special = "native", .min = 1000,
	 .max = 768000, AUDIO | SCHEMA_OF_LAYOUT},
	{"channels", SCHEMA_INT, AT(channels), .initial = "native", .special = "native", .min = 1, .max = 64,
	 AUDIO | SCHEMA_OF_LAYOUT},
	{"frame_size", SCHEMA_INT, AT(frame_size), .initial = "1024", .min = 1, .max = 65536, AUDIO | SCHEMA_OF_LAYOUT},
};
#undef VIDEO
#undef AUDIO
const struct schema_table schema_output =
	SCHEMA_ENTRY_TABLE(output_rows, struct config_output, AT(name), PROTOTYPE(output), check_output);
#undef AT

#define AT(member) offsetof(struct config_source, member)
static const struct schema_row source_rows[] = {
	{"enabled", SCHEMA_BOOL, AT(enabled), .initial = "true"},
	{"url", SCHEMA_STRING, AT(url), .max = LIMIT_URL, .flags = SCHEMA_REQUIRED | SCHEMA_SECRET},
	{"user", SCHEMA_STRING, AT(user), .initial = "", .max = CONFIG_CREDENTIAL_BYTES, .flags = SCHEMA_SECRET},
	{"password", SCHEMA_STRING, AT(password), .initial = "", .max = CONFIG_CREDENTIAL_BYTES,
	 .flags = SCHEMA_SECRET},
	{"format", SCHEMA_STRING, AT(format), .initial = "auto", .special = "auto"},
	{"format_options", SCHEMA_DICTIONARY, AT(format_options), .flags = SCHEMA_SECRET},
	{"codec", SCHEMA_STRING, AT(codec), .initial = "auto", .special = "auto"},
	{"codec_options", SCHEMA_DICTIONARY, AT(codec_options), .flags = SCHEMA_SECRET},
	{"hwaccel", SCHEMA_STRING, AT(hwaccel), .initial = "none", .special = "none"},
	{"hwaccel_device", SCHEMA_STRING, AT(hwaccel_device), .initial = ""},
	{"readrate", SCHEMA_RATE, AT(readrate), .initial = "1", .min = 0, .max = 1000000},
	{"stream_loop", SCHEMA_INT, AT(stream_loop), .initial = "0", .min = -1, .max = INT32_MAX},
	{"open_timeout", SCHEMA_DURATION, AT(open_timeout_ns), .initial = "10s", .min = 10 * NS_PER_MS, .max = DAY},
	{"read_timeout", SCHEMA_DURATION, AT(read_timeout_ns), .initial = "10s", .min = 10 * NS_PER_MS, .max = DAY},
	{"reconnect_delay", SCHEMA_DURATION, AT(reconnect_delay_ns), .initial = "500ms", .min = 10 * NS_PER_MS,
	 .max = DAY},
	{"reconnect_delay_max", SCHEMA_DURATION, AT(reconnect_delay_max_ns), .initial = "30s", .min = 10 * NS_PER_MS,
	 .max = DAY},
	{"on_demand", SCHEMA_BOOL, AT(on_demand), .initial = "false"},
	{"linger", SCHEMA_DURATION, AT(linger_ns), .initial = "10s", .min = 0, .max = DAY},
	{"preroll", SCHEMA_DURATION, AT(preroll_ns), .initial = "0s", .min = 0, .max = DAY},
	{"sandbox", SCHEMA_ENUM, AT(sandbox), .initial = "off", .words = schema_sandboxes},
	{"outputs", SCHEMA_ENTRIES, AT(outputs), .flags = SCHEMA_ENTRY_ONLY, .table = &schema_output,
	 .count_offset = AT(output_count)},
};
const struct schema_table schema_source =
	SCHEMA_ENTRY_TABLE(source_rows, struct config_source, AT(name), PROTOTYPE(source), check_source);
#undef AT

#define AT(member) offsetof(struct config_stream, member)
static const struct schema_row stream_rows[] = {
	{"like", SCHEMA_STRING, AT(like), .initial = ""},
	{"output", SCHEMA_INLINE, AT(output), .table = &schema_output},
	{"max_writers", SCHEMA_INT, AT(max_writers), .initial = "1", .min = 1, .max = LIMIT_WRITERS},
	{"reorder_timeout", SCHEMA_DURATION, AT(reorder_timeout_ns), .initial = "2s", .min = 10 * NS_PER_MS,
	 .max = HOUR},
};
#undef AT
const struct schema_table schema_stream =
	SCHEMA_ENTRY_TABLE(stream_rows, struct config_stream, SCHEMA_NO_NAME, SCHEMA_NO_PROTOTYPE, check_stream);

#define AT(member) offsetof(struct config_defaults, member)
static const struct schema_row defaults_rows[] = {
	{"source", SCHEMA_SECTION, AT(source), .table = &schema_source},
	{"output", SCHEMA_SECTION, AT(output), .table = &schema_output},
	{"sink", SCHEMA_SECTION, AT(sink), .table = &schema_sink},
	{"processor", SCHEMA_SECTION, AT(processor), .table = &schema_processor, .flags = SCHEMA_NOT_BUILT},
};
#undef AT
static const struct schema_table defaults_table = SCHEMA_TABLE(defaults_rows, struct config_defaults);

#define AT(member) offsetof(struct config, member)
static const struct schema_row config_rows[] = {
	{"include", SCHEMA_LIST, AT(include), .initial = ""},
	{"broker", SCHEMA_SECTION, AT(broker), .table = &schema_broker},
	{"rtsp", SCHEMA_SECTION, AT(rtsp), .table = &rtsp_table, .flags = SCHEMA_NOT_BUILT},
	{"http", SCHEMA_SECTION, AT(http), .table = &http_table, .flags = SCHEMA_NOT_BUILT},
	{"defaults", SCHEMA_SECTION, AT(defaults), .table = &defaults_table, .flags = SCHEMA_PROTOTYPE},
	{"sources", SCHEMA_ENTRIES, AT(sources), .table = &schema_source, .count_offset = AT(source_count)},
	{"streams", SCHEMA_ENTRIES, AT(streams), .table = &schema_stream, .count_offset = AT(stream_count)},
	{"sinks", SCHEMA_ENTRIES, AT(sinks), .table = &schema_sink, .count_offset = AT(sink_count)},
	{"processors", SCHEMA_ENTRIES, AT(processors), .table = &schema_processor, .count_offset = AT(processor_count),
	 .flags = SCHEMA_NOT_BUILT},
};
#undef AT
const struct schema_table schema_config = SCHEMA_TABLE(config_rows, struct config);
