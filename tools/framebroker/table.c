/* table.c: aligned columns for people. */
#include "table.h"
#include "terminal.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
	const struct table_column *columns;
	size_t column_count;
	char **cells;
	size_t cell_count;
};

struct table *table_new(const struct table_column *columns, size_t count)
{
	struct table *table = calloc(1, sizeof(*table));
	if (!table)
		abort();
	table->columns = columns;
	table->column_count = count;
	return table;
}

void table_cell(struct table *table, const char *format, ...)
{
	va_list arguments;
	char *cell;
	va_start(arguments, format);
	int length = vasprintf(&cell, format, arguments);
	va_end(arguments);
	table->cells = reallocarray(table->cells, table->cell_count + 1, sizeof(*table->cells));
	if (length < 0 || !table->cells)
		abort();
	table->cells[table->cell_count++] = cell;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static size_t text_width(const char *text)
{
	size_t width = 0;
	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static size_t text_bytes(const char *text, size_t width)
{
	const char *at = text;
	for (; *at && (width || (*at & 0xc0) == 0x80); at++)
		width -= (*at & 0xc0) != 0x80;
	return at - text;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = text_width(table->columns[column].title);
	for (size_t i = column; i < table->cell_count; i += table->column_count) {
		size_t cell = text_width(table->cells[i]);
		width = cell > width ? cell : width;
	}
	return width;
}

static void print_cell(const struct table_column *column, const char *cell, size_t width)
{
	int padding = (int)(width - text_width(cell));
	if (column->kind == TABLE_RIGHT)
		printf("%*s%s", padding, "", cell);
	else if (column->kind == TABLE_STATE)
		printf("%s%s%s%*s", terminal_colour(cell), cell, terminal_plain(), padding, "");
	else
		printf("%s%*s", cell, padding, "");
}

static void print_row(const struct table *table, char *const *cells, const size_t *widths, const char *indent)
{
	size_t used = strlen(indent), room = terminal_width(), last = table->column_count - 1;
	fputs(indent, stdout);
	for (size_t i = 0; i < last; i++) {
		print_cell(&table->columns[i], cells ? cells[i] : table->columns[i].title, widths[i]);
		fputs("  ", stdout);
		used += widths[i] + 2;
	}
	const char *cell = cells ? cells[last] : table->columns[last].title;
	if (table->columns[last].kind == TABLE_RIGHT)
		print_cell(&table->columns[last], cell, widths[last]);
	else
		printf("%.*s", (int)text_bytes(cell, room > used ? room - used : 0), cell);
	putchar('\n');
}

void table_print(struct table *table, const char *indent)
{
	size_t *widths = calloc(table->column_count, sizeof(*widths));
	if (!widths)
		abort();
	for (size_t i = 0; i < table->column_count; i++)
		widths[i] = column_width(table, i);
	print_row(table, NULL, widths, indent);
	for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count)
		print_row(table, table->cells + i, widths, indent);
	free(widths);
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}
