/* check.c: framebrokerd --check. */
#include "core/check.h"
#include "base/error.h"
#include "clients/access.h"
#include "config/url.h"
#include "core/ask_workers.h"
#include "core/plan.h"
#include "core/plan_build.h"
#include "core/socket_group.h"
#include "memory/layouts.h"
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

static void print_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->source_count; i++)
		for (size_t k = 0; k < plan->sources[i].config->output_count; k++)
			print_output(&plan->sources[i].config->outputs[k]);
	for (size_t i = 0; i < plan->stream_count; i++)
		print_stream(plan->streams[i]);
	for (size_t i = 0; i < plan->sink_count; i++)
		print_sink(plan->sinks[i].config);
}

static bool has_fault(const struct plan *plan)
{
	for (size_t i = 0; i < plan->sink_count; i++)
		if (plan->sinks[i].fault[0])
			return true;
	return false;
}

/* All that would run, and notes on what is perhaps not meant or cannot. */
static int check_plan(const char *path, const struct config *config)
{
	const struct runtime nothing = {0};
	struct config_errors notes = {0};
	struct plan plan;
	plan_build(config, &nothing, &plan, &notes);
	int status = has_fault(&plan);
	if (!status)
		printf("%s: ok\n", path);
	print_plan(&plan);
	check_print_errors(&notes);
	config_errors_clear(&notes);
	plan_clear(&plan);
	return status;
}

/* What only the parts know that use it. */
static bool check_names(const struct config *config)
{
	struct ring_layout layout;
	bool good = ask_workers(config);
	for (size_t i = 0; i < config->stream_count; i++) {
		const struct config_stream *stream = &config->streams[i];
		if (stream->like[0] || layout_from_output(&stream->output, &layout) == 0)
			continue;
		fprintf(stderr, "%s\n", error_text());
		good = false;
	}
	return good;
}

/* The users and groups that it names: a rule for one that is not here matches nobody, which is a warning in the log. */
static bool check_broker(const struct config_broker *broker)
{
	gid_t gid;
	struct access_rules rules = {0};
	int err = socket_group_find(broker, &gid);
	if (!err)
		err = access_init(&rules, broker);
	if (err)
		fprintf(stderr, "%s\n", error_text());
	access_clear(&rules);
	return !err;
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
	bool good = check_broker(&config->broker);
	good = check_names(config) && good;
	int status = good ? check_plan(path, config) : 1;
	config_free(config);
	return status;
}
