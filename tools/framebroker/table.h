/* table.h: aligned columns for people. The last column is cut where the terminal ends. */
#ifndef FRAMEBROKER_CLI_TABLE_H
#define FRAMEBROKER_CLI_TABLE_H
#include <stddef.h>

enum table_kind { TABLE_LEFT, TABLE_RIGHT, TABLE_STATE }; /* STATE: left, and coloured by its word */

struct table_column {
	const char *title;
	enum table_kind kind;
};

struct table;

/* columns must outlive the table. Running out of memory ends the program. */
struct table *table_new(const struct table_column *columns, size_t count);

/* The next cell, row by row. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints titles and rows, each behind indent, and frees the table. */
void table_print(struct table *table, const char *indent);

#endif
