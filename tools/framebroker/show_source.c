/* show_source.c: all about one source: what it is, how it is, and why it is not better. */
#include "show_source.h"
#include "field.h"
#include "source_error.h"
#include "terminal.h"
#include <stdio.h>
#include <stdlib.h>

static void print_state(const json_t *source)
{
	const char *state = field_text(source, "state");
	long long pid = (long long)field_integer(source, "pid");
	printf("  state         %s%s%s", terminal_colour(state), state, terminal_plain());
	if (pid)
		printf(", pid %lld", pid);
	printf(", %lld restarts", (long long)field_integer(source, "restarts"));
	if (field_true(source, "on_demand"))
		printf(", on demand");
	if (field_true(source, "runtime"))
		printf(", added at run time");
	putchar('\n');
}

static void print_statistics(json_t *statistics)
{
	const char *key;
	json_t *value;
	json_object_foreach (statistics, key, value) {
		char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
		printf("  %-13s %s\n", key, text ? text : "");
		free(text);
	}
}

static void print_log(const json_t *log)
{
	size_t index;
	json_t *line;
	if (json_array_size(log))
		puts("  last lines of its worker:");
	json_array_foreach (log, index, line)
		printf("    %s\n", json_string_value(line));
}

void show_source(const json_t *source)
{
	char *outputs = field_list(json_object_get(source, "outputs")), *error = source_error(source);
	printf("source %s\n", field_text(source, "name"));
	printf("  url           %s\n", field_text(source, "url"));
	print_state(source);
	printf("  outputs       %s\n", outputs);
	if (error)
		printf("  error         %s\n", error);
	print_statistics(json_object_get(source, "statistics"));
	print_log(json_object_get(source, "log"));
	free(outputs);
	free(error);
}
