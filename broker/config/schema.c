/* schema.c: what can be done with a struct by its table alone. */
#include "config/schema.h"
#include "config/alloc.h"
#include "config/nearest.h"
#include "config/value.h"
#include <stdlib.h>
#include <string.h>

const struct schema_row *schema_find(const struct schema_table *table, const char *key, size_t *ret_offset)
{
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		if (row->type == SCHEMA_INLINE) {
			size_t offset;
			const struct schema_row *found = schema_find(row->table, key, &offset);
			if (!found)
				continue;
			*ret_offset = row->offset + offset;
			return found;
		}
		if (!strcmp(row->name, key)) {
			*ret_offset = row->offset;
			return row;
		}
	}
	return NULL;
}

static void try_keys(const struct schema_table *table, struct nearest *nearest)
{
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		if (row->type == SCHEMA_INLINE)
			try_keys(row->table, nearest);
		else
			nearest_try(nearest, row->name);
	}
}

const char *schema_nearest(const struct schema_table *table, const char *key)
{
	struct nearest nearest = NEAREST(key);
	try_keys(table, &nearest);
	return nearest.found;
}

static bool is_array(const struct schema_row *row)
{
	return row->type == SCHEMA_ENTRIES || row->type == SCHEMA_SEQUENCE;
}

static bool is_struct(const struct schema_row *row)
{
	return row->type == SCHEMA_SECTION || row->type == SCHEMA_INLINE;
}

void schema_init(const struct schema_table *table, void *entry, const struct config_defaults *defaults)
{
	if (defaults && table->prototype != SCHEMA_NO_PROTOTYPE) {
		schema_copy(table, entry, (const char *)defaults + table->prototype);
		return;
	}
	memset(entry, 0, table->size);
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		void *member = (char *)entry + row->offset;
		if (is_struct(row))
			schema_init(row->table, member, defaults);
		else if (!is_array(row))
			value_init(row, member);
		else if (row->flags & SCHEMA_ONE)
			schema_init(row->table, schema_append(row, entry), defaults);
	}
}

char **schema_name(const struct schema_table *table, void *entry)
{
	if (table->name_offset != SCHEMA_NO_NAME)
		return (char **)((char *)entry + table->name_offset);
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++)
		if (row->type == SCHEMA_INLINE)
			return schema_name(row->table, (char *)entry + row->offset);
	return NULL;
}

void *schema_append(const struct schema_row *row, void *entry)
{
	return alloc_append((void **)((char *)entry + row->offset), (size_t *)((char *)entry + row->count_offset),
			    row->table->size);
}

void schema_copy(const struct schema_table *table, void *to, const void *from)
{
	memset(to, 0, table->size);
	if (table->name_offset != SCHEMA_NO_NAME) {
		const char *name = *(char *const *)((const char *)from + table->name_offset);
		*(char **)((char *)to + table->name_offset) = name ? alloc_text(name) : NULL;
	}
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		const void *member = (const char *)from + row->offset;
		if (is_struct(row)) {
			schema_copy(row->table, (char *)to + row->offset, member);
		} else if (is_array(row)) {
			size_t count = *(const size_t *)((const char *)from + row->count_offset);
			for (size_t i = 0; i < count; i++)
				schema_copy(row->table, schema_append(row, to),
					    *(char *const *)member + i * row->table->size);
		} else {
			value_copy(row, (char *)to + row->offset, member);
		}
	}
}

void schema_clear_array(const struct schema_row *row, void *entry)
{
	char **array = (char **)((char *)entry + row->offset);
	size_t *count = (size_t *)((char *)entry + row->count_offset);
	for (size_t i = 0; i < *count; i++)
		schema_clear(row->table, *array + i * row->table->size);
	free(*array);
	*array = NULL;
	*count = 0;
}

void schema_clear(const struct schema_table *table, void *entry)
{
	if (table->name_offset != SCHEMA_NO_NAME) {
		char **name = (char **)((char *)entry + table->name_offset);
		free(*name);
		*name = NULL;
	}
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		if (is_struct(row))
			schema_clear(row->table, (char *)entry + row->offset);
		else if (is_array(row))
			schema_clear_array(row, entry);
		else
			value_clear(row, (char *)entry + row->offset);
	}
}
