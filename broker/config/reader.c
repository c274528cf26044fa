/* reader.c: faults with the place where they stand, and streams that are named twice. */
#include "config/reader.h"
#include "base/limits.h"
#include "config/alloc.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reader_clear(struct reader *reader)
{
	for (size_t i = 0; i < reader->stream_count; i++)
		free(reader->streams[i].name);
	free(reader->streams);
	reader->streams = NULL;
	reader->stream_count = 0;
}

static void write_path(FILE *out, const struct path *path)
{
	if (path->up)
		write_path(out, path->up);
	if (path->key)
		fprintf(out, "%s%s", path->up ? "." : "", path->key);
	else
		fprintf(out, "[%zu]", path->index);
}

void reader_fault(struct reader *reader, const struct node *node, const struct path *path, const char *format, ...)
{
	char *text;
	size_t size;
	FILE *out = alloc_stream(&text, &size);
	if (path) {
		write_path(out, path);
		fputs(": ", out);
	}
	va_list args;
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fclose(out);
	config_errors_add(reader->errors, node->file, node->line, "%s", text);
	free(text);
}

void reader_add_stream(struct reader *reader, const char *name, const struct node *node, const struct path *path)
{
	for (size_t i = 0; i < reader->stream_count; i++) {
		const struct node *first = reader->streams[i].node;
		if (!strcmp(reader->streams[i].name, name)) {
			reader_fault(reader, node, path, "a second stream named %s; the first is at %s:%zu", name,
				     first->file, first->line);
			return;
		}
	}
	if (reader->stream_count == LIMIT_STREAMS) {
		reader_fault(reader, node, path, "more than %d streams", LIMIT_STREAMS);
		return;
	}
	struct reader_stream *stream =
		alloc_append((void **)&reader->streams, &reader->stream_count, sizeof *reader->streams);
	stream->name = alloc_text(name);
	stream->node = node;
}
