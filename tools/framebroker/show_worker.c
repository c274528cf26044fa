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

static bool is_time(const char *key)
{
	size_t length = strlen(key);
	return length > 3 && strcmp(key + length - 3, "_ns") == 0;
}

/* Times, bytes and bit rates in units that people read. In text, or the value's own; valid as long as both. */
static const char *statistic_text(const char *key, const json_t *value, char text[HUMAN_SIZE])
{
	const char *string = json_string_value(value);
	if (string && *string)
		return string;
	if (is_time(key))
		snprintf(text, HUMAN_SIZE, "%.1f ms", json_number_value(value) / 1e6);
	else if (strcmp(key, "bytes") == 0)
		human_bytes((int64_t)json_number_value(value), text);
	else if (strcmp(key, "bit_rate") == 0)
		human_bit_rate(json_number_value(value), text);
	else if (json_is_real(value))
		snprintf(text, HUMAN_SIZE, "%.1f", json_real_value(value));
	else if (json_is_integer(value))
		snprintf(text, HUMAN_SIZE, "%lld", (long long)json_integer_value(value));
	else
		return json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-";
	return text;
}

/* A key's _ns goes with the unit. */
static void print_statistic(const char *key, const json_t *value)
{
	char text[HUMAN_SIZE];
	int width = (int)strlen(key) - (is_time(key) ? 3 : 0);
	printf("  %-13.*s %s\n", width, key, json_is_null(value) ? "-" : statistic_text(key, value, text));
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
