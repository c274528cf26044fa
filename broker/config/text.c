/* text.c: the one writer of configuration; what it writes is read back by read.c. */
#include "config/text.h"
#include "config/alloc.h"
#include "config/json.h"
#include "config/schema.h"
#include "config/value.h"
#include <stdlib.h>
#include <string.h>

static void write_struct(FILE *out, const struct schema_table *table, const void *entry)
{
	char *text = text_write(table, entry, false);
	fputs(text, out);
	free(text);
}

static void write_array(FILE *out, const struct schema_row *row, const void *entry)
{
	bool named = row->type == SCHEMA_ENTRIES;
	char *array = *(char *const *)((const char *)entry + row->offset);
	size_t count = *(const size_t *)((const char *)entry + row->count_offset);
	fputc(named ? '{' : '[', out);
	for (size_t i = 0; i < count; i++) {
		char *item = array + i * row->table->size;
		fputs(i ? ", " : "", out);
		if (named) {
			json_write_string(out, *schema_name(row->table, item));
			fputs(": ", out);
		}
		write_struct(out, row->table, item);
	}
	fputc(named ? '}' : ']', out);
}

/* A row's value as JSON for free(); NULL where it can be left out. */
static char *row_text(const struct schema_row *row, const void *entry)
{
	const void *member = (const char *)entry + row->offset;
	bool array = row->type == SCHEMA_ENTRIES || row->type == SCHEMA_SEQUENCE;
	if (row->type != SCHEMA_SECTION && !array && value_is_default(row, member))
		return NULL;
	char *text;
	size_t size;
	FILE *out = alloc_stream(&text, &size);
	if (array)
		write_array(out, row, entry);
	else if (row->type == SCHEMA_SECTION)
		write_struct(out, row->table, member);
	else
		value_write(out, row, member);
	fclose(out);
	if (strcmp(text, "{}"))
		return text;
	free(text);
	return NULL;
}

static void write_rows(FILE *out, const struct schema_table *table, const void *entry, const char **comma)
{
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		if (row->type == SCHEMA_INLINE) {
			write_rows(out, row->table, (const char *)entry + row->offset, comma);
			continue;
		}
		char *text = row_text(row, entry);
		if (!text)
			continue;
		fprintf(out, "%s\"%s\": %s", *comma, row->name, text);
		*comma = ", ";
		free(text);
	}
}

char *text_write(const struct schema_table *table, const void *entry, bool with_name)
{
	char *text;
	size_t size;
	FILE *out = alloc_stream(&text, &size);
	const char *comma = "";
	fputc('{', out);
	if (with_name) {
		fputs("\"name\": ", out);
		json_write_string(out, *schema_name(table, (void *)entry));
		comma = ", ";
	}
	write_rows(out, table, entry, &comma);
	fputc('}', out);
	fclose(out);
	return text;
}
