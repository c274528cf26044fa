/* check.c: framebrokerd --check. */
#include "core/check.h"
#include "base/error.h"
#include "config/url.h"
#include "control/layouts.h"
#include "core/ask_workers.h"
#include "core/plan.h"
#include <stdint.h>
#include <stdio.h>

#define MIB (1024.0 * 1024.0)

void check_print_errors(const struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		fprintf(stderr, "%s\n", errors->lines[i]);
	if (errors->total > errors->count)
		fprintf(stderr, "and %zu more\n", errors->total - errors->count);
}

static void print_output(const struct config_output *output)
{
	uint64_t frame_bytes;
	int slots = config_output_slots(output);
	if (config_output_frame_bytes(output, &frame_bytes) < 0)
		printf("  %-32s %d slots or more, memory known when the source is open\n", output->name, slots);
	else
		printf("  %-32s %d slots, %.1f MiB\n", output->name, slots,
		       (double)config_output_memory(output, frame_bytes) / MIB);
}

static void print_stream(const struct config_stream *stream)
{
	if (stream->like[0])
		printf("  %-32s as %s\n", stream->output.name, stream->like);
	else
		print_output(&stream->output);
}

static void print_sink(const struct config_sink *sink)
{
	char url[LIMIT_URL];
	config_url_redacted(sink->url, url, sizeof url);
	printf("  %-32s %s%s%s to %s\n", sink->name, sink->video.stream,
	       *sink->video.stream && *sink->audio.stream ? " and " : "", sink->audio.stream, url);
}

/* What is allowed and perhaps not meant. */
static void print_notes(const struct config *config)
{
	const struct runtime nothing = {0};
	struct config_errors notes = {0};
	struct plan plan;
	plan_build(config, &nothing, &plan, &notes);
	check_print_errors(&notes);
	config_errors_clear(&notes);
	plan_clear(&plan);
}

/* What only the parts know that use it. */
static bool check_names(const struct config *config)
{
	struct ring_layout layout;
	bool good = ask_source_worker(config);
	for (size_t i = 0; i < config->stream_count; i++) {
		const struct config_stream *stream = &config->streams[i];
		if (stream->like[0] || layout_from_output(&stream->output, &layout) == 0)
			continue;
		fprintf(stderr, "%s\n", error_text());
		good = false;
	}
	return good;
}

int check_file(const char *path)
{
	struct config *config;
	struct config_errors errors = {0};
	if (config_load_file(path, &config, &errors) < 0) {
		check_print_errors(&errors);
		config_errors_clear(&errors);
		return 1;
	}
	if (!check_names(config)) {
		config_free(config);
		return 1;
	}
	printf("%s: ok\n", path);
	for (size_t i = 0; i < config->source_count; i++)
		for (size_t k = 0; config->sources[i].enabled && k < config->sources[i].output_count; k++)
			print_output(&config->sources[i].outputs[k]);
	for (size_t i = 0; i < config->stream_count; i++)
		print_stream(&config->streams[i]);
	for (size_t i = 0; i < config->sink_count; i++)
		if (config->sinks[i].enabled)
			print_sink(&config->sinks[i]);
	print_notes(config);
	config_free(config);
	return 0;
}
