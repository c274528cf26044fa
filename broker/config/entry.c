/* entry.c: single sources, streams and sinks, as they come and go at run time. */
#include "base/error.h"
#include "base/name.h"
#include "config/alloc.h"
#include "config/config.h"
#include "config/read.h"
#include "config/schema.h"
#include "config/schema_rows.h"
#include "config/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The entry's name; NULL after an error. */
static const char *agree_on_name(struct reader *reader, const char *name, const struct node *root,
				 const struct node *written)
{
	const struct node *node = written ? written : root;
	const struct path path = {NULL, "name", 0};
	if (written && written->kind == NODE_SCALAR && !name)
		name = written->text;
	if (!name)
		reader_fault(reader, node, &path, "is missing");
	else if (name_fault(name))
		reader_fault(reader, node, &path, "the name %s", name_fault(name));
	else if (written && (written->kind != NODE_SCALAR || strcmp(written->text, name)))
		reader_fault(reader, node, &path, "is not %s", name);
	else
		return name;
	return NULL;
}

static void *read_text(const struct schema_table *table, const char *kind, const char *name, const char *text,
		       const struct config_defaults *defaults, struct config_errors *errors)
{
	char label[128];
	snprintf(label, sizeof label, "%s %.64s", kind, name ? name : "");
	struct node *root = node_parse(text, strlen(text), name ? label : kind, errors);
	if (!root)
		return NULL;
	struct reader reader = {.errors = errors, .defaults = defaults};
	struct node *written = node_take(root, "name");
	void *entry = alloc_zeroed(table->size);
	schema_init(table, entry, defaults);
	name = agree_on_name(&reader, name, root, written);
	if (name) {
		*schema_name(table, entry) = alloc_text(name);
		reader_read(&reader, table, root, NULL, entry, 0);
	}
	reader_clear(&reader);
	node_free(written);
	node_free(root);
	return entry;
}

int config_source_from_text(const char *name, const char *text, const struct config_defaults *defaults,
			    struct config_source **ret_source, struct config_errors *errors)
{
	size_t before = errors->total;
	struct config_source *source = read_text(&schema_source, "source", name, text, defaults, errors);
	int result = config_errors_result(errors, before, -EINVAL);
	if (result < 0)
		config_source_free(source);
	else
		*ret_source = source;
	return result;
}

int config_stream_from_text(const char *name, const char *text, const struct config_defaults *defaults,
			    struct config_stream **ret_stream, struct config_errors *errors)
{
	size_t before = errors->total;
	struct config_stream *stream = read_text(&schema_stream, "stream", name, text, defaults, errors);
	int result = config_errors_result(errors, before, -EINVAL);
	if (result < 0)
		config_stream_free(stream);
	else
		*ret_stream = stream;
	return result;
}

int config_sink_from_text(const char *name, const char *text, const struct config_defaults *defaults,
			  struct config_sink **ret_sink, struct config_errors *errors)
{
	size_t before = errors->total;
	struct config_sink *sink = read_text(&schema_sink, "sink", name, text, defaults, errors);
	int result = config_errors_result(errors, before, -EINVAL);
	if (result < 0)
		config_sink_free(sink);
	else
		*ret_sink = sink;
	return result;
}

char *config_source_to_text(const struct config_source *source)
{
	return text_write(&schema_source, source, true);
}

char *config_stream_to_text(const struct config_stream *stream)
{
	return text_write(&schema_stream, stream, true);
}

char *config_sink_to_text(const struct config_sink *sink)
{
	return text_write(&schema_sink, sink, true);
}

char *config_broker_to_text(const struct config_broker *broker)
{
	return text_write(&schema_broker, broker, false);
}

struct config_source *config_source_copy(const struct config_source *source)
{
	struct config_source *copy = alloc_zeroed(sizeof *copy);
	schema_copy(&schema_source, copy, source);
	return copy;
}

struct config_stream *config_stream_copy(const struct config_stream *stream)
{
	struct config_stream *copy = alloc_zeroed(sizeof *copy);
	schema_copy(&schema_stream, copy, stream);
	return copy;
}

struct config_sink *config_sink_copy(const struct config_sink *sink)
{
	struct config_sink *copy = alloc_zeroed(sizeof *copy);
	schema_copy(&schema_sink, copy, sink);
	return copy;
}

void config_source_free(struct config_source *source)
{
	if (source)
		schema_clear(&schema_source, source);
	free(source);
}

void config_stream_free(struct config_stream *stream)
{
	if (stream)
		schema_clear(&schema_stream, stream);
	free(stream);
}

void config_sink_free(struct config_sink *sink)
{
	if (sink)
		schema_clear(&schema_sink, sink);
	free(sink);
}
