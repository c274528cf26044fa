/* show_sink.c: all about one sink. */
#include "show_sink.h"
#include "field.h"
#include "show_worker.h"
#include <stdio.h>

static void print_stream(const json_t *sink, const char *key)
{
	const char *stream = field_text(sink, key);
	printf("  %-13s %s\n", key, *stream ? stream : "none");
}

void show_sink(const json_t *sink)
{
	show_worker_head(sink, "sink");
	print_stream(sink, "video");
	print_stream(sink, "audio");
	show_worker_tail(sink);
}
