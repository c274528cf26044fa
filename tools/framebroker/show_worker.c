/* show_worker.c: what sources and sinks have in common: how they are, and why they are not better. */
#include "show_worker.h"
#include "entry_error.h"
#include "field.h"
#include "human.h"
#include "terminal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void show_worker_head(const json_t *entry, const char *kind)
{
	const char *state = field_text(entry, "state");
	long long pid = (long long)field_integer(entry, "pid");
	char age[HUMAN_SIZE];
	printf("%s %s\n", kind, field_text(entry, "name"));
	printf("  url           %s\n", field_text(entry, "url"));
	printf("  state         %s%s%s", terminal_colour(state), state, terminal_plain());
	if (field_integer(entry, "since_utc_ns"))
		printf(" for %s", human_age(field_integer(entry, "since_utc_ns"), age));
	if (pid)
		printf(", pid %lld", pid);
	printf(", %lld restarts", (long long)field_integer(entry, "restarts"));
	if (field_true(entry, "on_demand"))
		printf(", on demand");
	if (field_true(entry, "runtime"))
		printf(", added at run time");
	putchar('\n');
}

/* Times, bytes and bit rates in units that people read; a key's _ns goes with it. */
static void print_statistic(const char *key, const json_t *value)
{
	size_t length = strlen(key);
	bool is_time = length > 3 && strcmp(key + length - 3, "_ns") == 0;
	char text[HUMAN_SIZE], *json = NULL;
	if (json_is_null(value))
		snprintf(text, sizeof text, "-");
	else if (is_time)
		snprintf(text, sizeof text, "%.1f ms", json_number_value(value) / 1e6);
	else if (strcmp(key, "bytes") == 0)
		human_bytes((int64_t)json_number_value(value), text);
	else if (strcmp(key, "bit_rate") == 0)
		human_bit_rate(json_number_value(value), text);
	else
		json = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	printf("  %-13.*s %s\n", (int)(is_time ? length - 3 : length), key, json ? json : text);
	free(json);
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

void show_worker_tail(const json_t *entry)
{
	char *error = entry_error(entry);
	if (error)
		printf("  error         %s\n", error);
	free(error);
	const char *key;
	json_t *value;
	json_object_foreach (json_object_get(entry, "statistics"), key, value)
		print_statistic(key, value);
	print_log(json_object_get(entry, "log"));
}
