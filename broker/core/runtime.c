/* runtime.c: what was added and removed at run time. */
#include "core/runtime.h"
#include "config/alloc.h"
#include <stdlib.h>
#include <string.h>

static void list_clear(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct config_list){0};
}

void runtime_clear(struct runtime *runtime)
{
	for (size_t i = 0; i < runtime->source_count; i++)
		config_source_free(runtime->sources[i]);
	for (size_t i = 0; i < runtime->output_count; i++)
		config_source_free(runtime->outputs[i]);
	for (size_t i = 0; i < runtime->stream_count; i++)
		config_stream_free(runtime->streams[i]);
	for (size_t i = 0; i < runtime->sink_count; i++)
		config_sink_free(runtime->sinks[i]);
	free(runtime->sources);
	free(runtime->outputs);
	free(runtime->streams);
	free(runtime->sinks);
	list_clear(&runtime->removed_sources);
	list_clear(&runtime->removed_outputs);
	list_clear(&runtime->removed_streams);
	list_clear(&runtime->removed_sinks);
	*runtime = (struct runtime){0};
}

static void append_source(struct config_source ***array, size_t *count, struct config_source *source)
{
	void *items = *array;
	struct config_source **added = alloc_append(&items, count, sizeof *added);
	*array = items;
	*added = source;
}

void runtime_add_source(struct runtime *runtime, struct config_source *source)
{
	append_source(&runtime->sources, &runtime->source_count, source);
}

void runtime_add_output(struct runtime *runtime, struct config_source *output)
{
	for (size_t i = 0; i < runtime->source_count; i++) {
		if (!strcmp(runtime->sources[i]->name, output->name)) {
			config_source_add_output(runtime->sources[i], output->outputs);
			config_source_free(output);
			return;
		}
	}
	append_source(&runtime->outputs, &runtime->output_count, output);
}

void runtime_add_stream(struct runtime *runtime, struct config_stream *stream)
{
	void *items = runtime->streams;
	struct config_stream **added = alloc_append(&items, &runtime->stream_count, sizeof *added);
	runtime->streams = items;
	*added = stream;
}

void runtime_add_sink(struct runtime *runtime, struct config_sink *sink)
{
	void *items = runtime->sinks;
	struct config_sink **added = alloc_append(&items, &runtime->sink_count, sizeof *added);
	runtime->sinks = items;
	*added = sink;
}

static void forget(struct config_source **array, size_t *count, size_t index)
{
	config_source_free(array[index]);
	--*count;
	memmove(&array[index], &array[index + 1], (*count - index) * sizeof *array);
}

void runtime_drop_source(struct runtime *runtime, const char *name)
{
	for (size_t i = runtime->source_count; i-- > 0;)
		if (!strcmp(runtime->sources[i]->name, name))
			forget(runtime->sources, &runtime->source_count, i);
	for (size_t i = runtime->output_count; i-- > 0;)
		if (!strcmp(runtime->outputs[i]->name, name))
			forget(runtime->outputs, &runtime->output_count, i);
}

bool runtime_drop_output(struct runtime *runtime, const char *name)
{
	for (size_t i = 0; i < runtime->output_count; i++) {
		if (!strcmp(runtime->outputs[i]->outputs[0].name, name)) {
			forget(runtime->outputs, &runtime->output_count, i);
			return true;
		}
	}
	for (size_t i = 0; i < runtime->source_count; i++)
		if (config_source_remove_output(runtime->sources[i], name))
			return true;
	return false;
}

void runtime_drop_stream(struct runtime *runtime, const char *name)
{
	for (size_t i = runtime->stream_count; i-- > 0;) {
		if (strcmp(runtime->streams[i]->output.name, name))
			continue;
		config_stream_free(runtime->streams[i]);
		runtime->stream_count--;
		memmove(&runtime->streams[i], &runtime->streams[i + 1],
			(runtime->stream_count - i) * sizeof *runtime->streams);
	}
}

void runtime_drop_sink(struct runtime *runtime, const char *name)
{
	for (size_t i = runtime->sink_count; i-- > 0;) {
		if (strcmp(runtime->sinks[i]->name, name))
			continue;
		config_sink_free(runtime->sinks[i]);
		runtime->sink_count--;
		memmove(&runtime->sinks[i], &runtime->sinks[i + 1], (runtime->sink_count - i) * sizeof *runtime->sinks);
	}
}

bool runtime_is_removed(const struct config_list *removed, const char *name)
{
	for (size_t i = 0; i < removed->count; i++)
		if (!strcmp(removed->items[i], name))
			return true;
	return false;
}

void runtime_remove(struct config_list *removed, const char *name)
{
	if (runtime_is_removed(removed, name))
		return;
	void *items = removed->items;
	char **added = alloc_append(&items, &removed->count, sizeof *added);
	removed->items = items;
	*added = alloc_text(name);
}
