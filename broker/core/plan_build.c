/* plan_build.c: lays the run-time entries over the configuration file. */
#include "core/plan_build.h"
#include "config/alloc.h"
#include "core/plan_inputs.h"
#include <stdlib.h>
#include <string.h>

static const char *const mend = "remove it at run time, or take it out of the file";

/* The name of an output that is taken already; NULL: none is. */
static const char *taken_output(const struct plan *plan, const struct config_source *source)
{
	for (size_t i = 0; i < source->output_count; i++)
		if (plan_has_stream(plan, source->outputs[i].name))
			return source->outputs[i].name;
	return NULL;
}

static void add_outputs(const struct plan *plan, struct config_source *source, const struct runtime *runtime,
			struct config_errors *notes)
{
	for (size_t i = 0; i < runtime->output_count; i++) {
		const struct config_output *output = runtime->outputs[i]->outputs;
		if (strcmp(runtime->outputs[i]->name, source->name))
			continue;
		if (plan_has_stream(plan, output->name) || plan_source_has(source, output->name))
			config_errors_add(notes, NULL, 0,
					  "output %s, added at run time, is left out: the file has it too; %s",
					  output->name, mend);
		else
			config_source_add_output(source, output);
	}
}

/* The source as it should run. */
static struct config_source *lay_over(const struct plan *plan, const struct config_source *source,
				      const struct runtime *runtime, bool at_run_time, struct config_errors *notes)
{
	struct config_source *copy = config_source_copy(source);
	if (at_run_time)
		return copy;
	for (size_t i = 0; i < runtime->removed_outputs.count; i++)
		config_source_remove_output(copy, runtime->removed_outputs.items[i]);
	add_outputs(plan, copy, runtime, notes);
	return copy;
}

static void add_source(struct plan *plan, const struct config_source *source, const struct runtime *runtime,
		       bool at_run_time, struct config_errors *notes)
{
	if (!source->enabled)
		return;
	if (plan_find_source(plan, source->name)) {
		config_errors_add(notes, NULL, 0, "source %s of the file is left out: one was added at run time; %s",
				  source->name, mend);
		return;
	}
	struct config_source *copy = lay_over(plan, source, runtime, at_run_time, notes);
	const char *taken = taken_output(plan, copy);
	if (taken || !copy->output_count) {
		if (taken)
			config_errors_add(notes, NULL, 0,
					  "source %s is left out: a stream %s was added at run time; %s", source->name,
					  taken, mend);
		else
			config_errors_add(notes, NULL, 0, "source %s is left out: its outputs were removed at run time",
					  source->name);
		config_source_free(copy);
		return;
	}
	void *items = plan->sources;
	struct plan_source *added = alloc_append(&items, &plan->source_count, sizeof *added);
	plan->sources = items;
	*added = (struct plan_source){.config = copy, .runtime = at_run_time};
}

/* Outputs that have lost their source. */
static void note_orphans(const struct plan *plan, const struct runtime *runtime, struct config_errors *notes)
{
	for (size_t i = 0; i < runtime->output_count; i++)
		if (!plan_find_source(plan, runtime->outputs[i]->name))
			config_errors_add(notes, NULL, 0, "output %s is left out: there is no source %s any more",
					  runtime->outputs[i]->outputs->name, runtime->outputs[i]->name);
}

static void add_stream(struct plan *plan, const struct config_stream *stream, struct config_errors *notes)
{
	const char *name = stream->output.name;
	if (plan_has_stream(plan, name)) {
		config_errors_add(notes, NULL, 0, "stream %s of the file is left out: one was added at run time; %s",
				  name, mend);
		return;
	}
	void *items = plan->streams;
	struct config_stream **added = alloc_append(&items, &plan->stream_count, sizeof *added);
	plan->streams = items;
	*added = config_stream_copy(stream);
}

static void add_sink(struct plan *plan, const struct config_sink *sink, bool at_run_time, struct config_errors *notes)
{
	if (!sink->enabled)
		return;
	if (plan_find_sink(plan, sink->name)) {
		config_errors_add(notes, NULL, 0, "sink %s of the file is left out: one was added at run time; %s",
				  sink->name, mend);
		return;
	}
	void *items = plan->sinks;
	struct plan_sink *added = alloc_append(&items, &plan->sink_count, sizeof *added);
	plan->sinks = items;
	*added = (struct plan_sink){.config = config_sink_copy(sink), .runtime = at_run_time};
}

static void note_stream(const struct plan *plan, const char *sink, const char *key, const char *stream,
			struct config_errors *notes)
{
	if (!*stream || plan_has_stream(plan, stream))
		return;
	const char *meant = plan_nearest_stream(plan, stream);
	config_errors_add(
		notes, NULL, 0,
		"sink %s: %s: no output of a source and no entry of streams: is named %s%s%s%s; the sink waits "
		"until a program creates it",
		sink, key, stream, meant ? " (did you mean " : "", meant ? meant : "", meant ? "?)" : "");
}

static void resolve_sinks(struct plan *plan, struct config_errors *notes)
{
	for (size_t i = 0; i < plan->sink_count; i++)
		plan_name_packets(plan, &plan->sinks[i]);
	for (size_t i = 0; i < plan->sink_count; i++) {
		const struct config_sink *sink = plan->sinks[i].config;
		plan_resolve_sink(plan, &plan->sinks[i]);
		if (plan->sinks[i].fault[0])
			config_errors_add(notes, NULL, 0, "sink %s: %s; %s", sink->name, plan->sinks[i].fault,
					  plan->sinks[i].mend);
		note_stream(plan, sink->name, "video.stream", sink->video.stream, notes);
		note_stream(plan, sink->name, "video.fallback", sink->video.fallback, notes);
		note_stream(plan, sink->name, "audio.stream", sink->audio.stream, notes);
	}
}

void plan_build(const struct config *config, const struct runtime *runtime, struct plan *ret_plan,
		struct config_errors *notes)
{
	struct plan plan = {0};
	for (size_t i = 0; i < runtime->source_count; i++)
		add_source(&plan, runtime->sources[i], runtime, true, notes);
	for (size_t i = 0; i < runtime->stream_count; i++)
		add_stream(&plan, runtime->streams[i], notes);
	for (size_t i = 0; i < config->source_count; i++)
		if (!runtime_is_removed(&runtime->removed_sources, config->sources[i].name))
			add_source(&plan, &config->sources[i], runtime, false, notes);
	for (size_t i = 0; i < config->stream_count; i++)
		if (!runtime_is_removed(&runtime->removed_streams, config->streams[i].output.name))
			add_stream(&plan, &config->streams[i], notes);
	for (size_t i = 0; i < runtime->sink_count; i++)
		add_sink(&plan, runtime->sinks[i], true, notes);
	for (size_t i = 0; i < config->sink_count; i++)
		if (!runtime_is_removed(&runtime->removed_sinks, config->sinks[i].name))
			add_sink(&plan, &config->sinks[i], false, notes);
	note_orphans(&plan, runtime, notes);
	resolve_sinks(&plan, notes);
	*ret_plan = plan;
}
