/* plan.c: what is in a plan. */
#include "core/plan.h"
#include <stdlib.h>
#include <string.h>

struct plan_source *plan_find_source(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->source_count; i++)
		if (!strcmp(plan->sources[i].config->name, name))
			return &plan->sources[i];
	return NULL;
}

struct plan_sink *plan_find_sink(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->sink_count; i++)
		if (!strcmp(plan->sinks[i].config->name, name))
			return &plan->sinks[i];
	return NULL;
}

bool plan_source_has(const struct config_source *source, const char *name)
{
	for (size_t i = 0; i < source->output_count; i++)
		if (!strcmp(source->outputs[i].name, name))
			return true;
	return false;
}

struct plan_source *plan_find_writer(const struct plan *plan, const char *stream)
{
	for (size_t i = 0; i < plan->source_count; i++)
		if (plan_source_has(plan->sources[i].config, stream))
			return &plan->sources[i];
	return NULL;
}

struct plan_sink *plan_find_encoder(const struct plan *plan, const char *stream)
{
	for (size_t i = 0; i < plan->sink_count; i++)
		if (!strcmp(plan->sinks[i].packets, stream))
			return &plan->sinks[i];
	return NULL;
}

bool plan_has_stream(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->stream_count; i++)
		if (!strcmp(plan->streams[i]->output.name, name))
			return true;
	return plan_find_encoder(plan, name) || plan_find_writer(plan, name);
}

void plan_clear(struct plan *plan)
{
	for (size_t i = 0; i < plan->source_count; i++)
		config_source_free(plan->sources[i].config);
	for (size_t i = 0; i < plan->stream_count; i++)
		config_stream_free(plan->streams[i]);
	for (size_t i = 0; i < plan->sink_count; i++)
		config_sink_free(plan->sinks[i].config);
	free(plan->sources);
	free(plan->streams);
	free(plan->sinks);
	*plan = (struct plan){0};
}
