/* show_stream.c: all about one stream: its layout, its ring, who writes, who reads and who holds slots. */
#include "show_stream.h"
#include "field.h"
#include "human.h"
#include "table.h"
#include "terminal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "25/1" reads badly where 25 is meant */
static void print_ratio(const json_t *pair, const char *separator, const char *unit)
{
	long long num = json_integer_value(json_array_get(pair, 0)), den = json_integer_value(json_array_get(pair, 1));
	if (num <= 0 || den <= 0)
		return;
	if (den == 1 && *separator == '/')
		printf(", %lld%s", num, unit);
	else
		printf(", %lld%s%lld%s", num, separator, den, unit);
}

/* A colour property; FFmpeg's word for not being told is as good as none. */
static const char *told(const json_t *stream, const char *key)
{
	const char *text = field_text(stream, key);
	return strcmp(text, "unknown") == 0 ? "" : text;
}

static void print_layout(const json_t *stream)
{
	char layout[HUMAN_SIZE];
	const char *space = told(stream, "color_space"), *range = told(stream, "color_range");
	long long rotation = (long long)field_integer(stream, "rotation");
	printf("  layout     %s, %s", field_text(stream, "media"), human_layout(stream, layout));
	if (strcmp(field_text(stream, "media"), "video") == 0) {
		print_ratio(json_object_get(stream, "frame_rate"), "/", " fps");
		print_ratio(json_object_get(stream, "sample_aspect_ratio"), ":", " pixels");
	}
	if (field_integer(stream, "frame_size") > 0)
		printf(", %lld samples a frame", (long long)field_integer(stream, "frame_size"));
	if (rotation)
		printf(", rotated %lld", rotation);
	if (*space || *range)
		printf(", %s%s%s", space, *space && *range ? " " : "", range);
	putchar('\n');
}

static void print_writer(const json_t *writer)
{
	if (json_is_object(writer))
		printf("  writer     %s (pid %lld, client %lld)\n", field_text(writer, "command"),
		       (long long)field_integer(writer, "pid"), (long long)field_integer(writer, "client"));
	else
		puts("  writer     none");
}

static void print_pool(const json_t *pool)
{
	json_t *writer;
	size_t index;
	printf("  writers    %zu of at most %lld, in order; %lld turns passed\n",
	       json_array_size(json_object_get(pool, "writers")), (long long)field_integer(pool, "max_writers"),
	       (long long)field_integer(pool, "late"));
	json_array_foreach (json_object_get(pool, "writers"), index, writer)
		print_writer(writer);
}

/* The sequence numbers that a reader holds, "17 18"; the caller's to free(). */
static char *held_text(const json_t *held)
{
	char *text = NULL;
	size_t size, index;
	json_t *seq;
	FILE *list = open_memstream(&text, &size);
	if (!list)
		abort();
	json_array_foreach (held, index, seq)
		fprintf(list, "%s%" JSON_INTEGER_FORMAT, index ? " " : "", json_integer_value(seq));
	if (fclose(list) != 0)
		abort();
	return text;
}

static void print_readers(const json_t *stream)
{
	static const struct table_column columns[] = {
		{"CLIENT", TABLE_RIGHT}, {"PID", TABLE_RIGHT},  {"MODE", TABLE_LEFT},  {"SINCE", TABLE_LEFT},
		{"BEHIND", TABLE_RIGHT}, {"HOLDS", TABLE_LEFT}, {"GROUP", TABLE_LEFT}, {"COMMAND", TABLE_LEFT},
	};
	const json_t *readers = json_object_get(stream, "readers");
	struct table *table;
	size_t index;
	json_t *reader;

	if (json_array_size(readers) == 0) {
		puts("  readers    none");
		return;
	}
	table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach (readers, index, reader) {
		const json_t *cursor = json_object_get(reader, "cursor");
		char since[HUMAN_SIZE], *held = held_text(json_object_get(reader, "held"));
		table_cell(table, "%lld", (long long)field_integer(reader, "client"));
		table_cell(table, "%lld", (long long)field_integer(reader, "pid"));
		table_cell(table, "%s%s", field_text(reader, "mode"),
			   json_is_true(json_object_get(reader, "passed_over")) ? ", passed over" : "");
		table_cell(table, "%s", human_time(field_integer(reader, "since_utc_ns"), since));
		if (json_is_integer(cursor))
			table_cell(table, "%lld",
				   (long long)(field_integer(stream, "head") + 1 - json_integer_value(cursor)));
		else
			table_cell(table, "-");
		table_cell(table, "%s", *held ? held : "-");
		table_cell(table, "%s", *field_text(reader, "group") ? field_text(reader, "group") : "-");
		table_cell(table, "%s", field_text(reader, "command"));
		free(held);
	}
	puts("  readers");
	table_print(table, "    ");
}

void show_stream(const json_t *stream)
{
	const char *state = field_text(stream, "state"), *source = field_text(stream, "source");
	char memory[HUMAN_SIZE];
	printf("stream %s\n", field_text(stream, "name"));
	printf("  state      %s%s%s, generation %lld", terminal_colour(state), state, terminal_plain(),
	       (long long)field_integer(stream, "generation"));
	printf("%s%s\n", *source ? ", of source " : "", source);
	print_layout(stream);
	printf("  ring       depth %lld, %lld slots of which %lld held, %s %s\n",
	       (long long)field_integer(stream, "depth"), (long long)field_integer(stream, "slots"),
	       (long long)field_integer(stream, "held_slots"),
	       human_bytes(field_integer(stream, "memory_bytes"), memory), field_text(stream, "memory"));
	printf("  frames     %lld so far, %.1f a second, %lld dropped", (long long)field_integer(stream, "head"),
	       field_real(stream, "fps"), (long long)field_integer(stream, "dropped"));
	if (field_integer(stream, "given_up") > 0)
		printf(", %lld given up as members of groups died", (long long)field_integer(stream, "given_up"));
	putchar('\n');
	if (json_is_object(json_object_get(stream, "pool")))
		print_pool(json_object_get(stream, "pool"));
	else
		print_writer(json_object_get(stream, "writer"));
	print_readers(stream);
}
