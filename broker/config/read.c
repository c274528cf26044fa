/* read.c: mappings and lists of structs; single values are in read_value.c. */
#include "config/read.h"
#include "base/limits.h"
#include "base/name.h"
#include "config/alloc.h"
#include "config/read_value.h"
#include "config/schema.h"
#include "config/value.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_entry(struct reader *reader, const struct schema_table *table, const struct node *node,
		       const struct path *path, void *entry, unsigned flags)
{
	schema_init(table, entry, reader->defaults);
	char **name = schema_name(table, entry);
	if (name)
		*name = alloc_text(node->key);
	reader_read(reader, table, node, path, entry, flags);
}

static void read_entries(struct reader *reader, const struct schema_row *row, const struct node *node,
			 const struct path *path, void *base, unsigned flags)
{
	if (node->kind != NODE_MAPPING && !node_is_null(node)) {
		reader_fault(reader, node, path, "is not a mapping; allowed: names, each with its keys");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct node *child = node->children[i];
		const struct path child_path = {path, child->key, 0};
		const char *fault = name_fault(child->key);
		const struct node *first = node_child(node, child->key);
		if (flags & SCHEMA_NOT_BUILT)
			reader_fault(reader, child, &child_path, "not in this version");
		else if (fault)
			reader_fault(reader, child, &child_path, "the name %s", fault);
		else if (first != child)
			reader_fault(reader, child, &child_path, "defined a second time; the first is at %s:%zu",
				     first->file, first->line);
		else
			read_entry(reader, row->table, child, &child_path, schema_append(row, base), flags);
	}
}

static void read_sequence(struct reader *reader, const struct schema_row *row, const struct node *node,
			  const struct path *path, void *base, unsigned flags)
{
	if (node->kind != NODE_SEQUENCE) {
		reader_fault(reader, node, path, "is not a list; allowed: entries, each after a -");
		return;
	}
	schema_clear_array(row, base);
	for (size_t i = 0; i < node->count; i++) {
		const struct path child_path = {path, NULL, i};
		read_entry(reader, row->table, node->children[i], &child_path, schema_append(row, base), flags);
	}
}

static void read_row(struct reader *reader, const struct schema_row *row, const struct node *node,
		     const struct path *path, void *base, size_t offset, unsigned flags)
{
	flags |= row->flags & (SCHEMA_NOT_BUILT | SCHEMA_PROTOTYPE);
	if (flags & SCHEMA_PROTOTYPE && row->flags & SCHEMA_ENTRY_ONLY)
		reader_fault(reader, node, path, "cannot have a default; allowed: in a named entry");
	else if (row->type == SCHEMA_SECTION)
		reader_read(reader, row->table, node, path, (char *)base + offset, flags);
	else if (row->type == SCHEMA_ENTRIES)
		read_entries(reader, row, node, path, base, flags);
	else if (row->type == SCHEMA_SEQUENCE)
		read_sequence(reader, row, node, path, base, flags);
	else
		reader_read_value(reader, row, node, path, (char *)base + offset, flags);
}

static void write_keys(FILE *out, const struct schema_table *table)
{
	for (size_t i = 0; i < table->row_count; i++) {
		fputs(i ? ", " : "", out);
		if (table->rows[i].type == SCHEMA_INLINE)
			write_keys(out, table->rows[i].table);
		else
			fputs(table->rows[i].name, out);
	}
}

static void fault_unknown(struct reader *reader, const struct schema_table *table, const struct node *node,
			  const struct path *path)
{
	size_t offset;
	if (table == &schema_source && schema_find(&schema_output, node->key, &offset)) {
		reader_fault(reader, node, path, "is a key of its outputs; allowed: outputs.NAME.%s", node->key);
		return;
	}
	const char *meant = schema_nearest(table, node->key);
	if (meant) {
		reader_fault(reader, node, path, "unknown key; did you mean %s?", meant);
		return;
	}
	char *keys;
	size_t size;
	FILE *out = alloc_stream(&keys, &size);
	write_keys(out, table);
	fclose(out);
	reader_fault(reader, node, path, "unknown key; allowed: %s", keys);
	free(keys);
}

static void require_keys(struct reader *reader, const struct schema_table *table, const struct node *node,
			 const struct path *path, const void *entry)
{
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		if (!(row->flags & SCHEMA_REQUIRED) || node_child(node, row->name) ||
		    !value_is_empty(row, (const char *)entry + row->offset))
			continue;
		const struct path row_path = {path, row->name, 0};
		reader_fault(reader, node, &row_path, "is missing; it has no default");
	}
}

void reader_read(struct reader *reader, const struct schema_table *table, const struct node *node,
		 const struct path *path, void *entry, unsigned flags)
{
	if (node->kind != NODE_MAPPING && !node_is_null(node)) {
		reader_fault(reader, node, path, "is not a mapping; allowed: keys with values");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct node *child = node->children[i];
		const struct path child_path = {path, child->key, 0};
		const struct node *first = node_child(node, child->key);
		size_t offset;
		const struct schema_row *row = schema_find(table, child->key, &offset);
		if (!row)
			fault_unknown(reader, table, child, &child_path);
		else if (first != child)
			reader_fault(reader, child, &child_path, "given a second time; the first is at %s:%zu",
				     first->file, first->line);
		else
			read_row(reader, row, child, &child_path, entry, offset, flags);
	}
	if (flags & (SCHEMA_PROTOTYPE | SCHEMA_NOT_BUILT))
		return;
	require_keys(reader, table, node, path, entry);
	if (table->check)
		table->check(reader, node, path, entry);
}
