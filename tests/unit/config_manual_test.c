/* config_manual_test.c: framebroker.yaml and the schema tables say the same, key by key, in both directions. */
#include "config/node.h"
#include "config/schema.h"
#include "config/value.h"
#include "config_support.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 256

struct manual {
	char *text;
	const struct schema_row *seen[ROWS]; /* rows whose default stands in the file, or that are required */
	size_t seen_count;
};

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	char *text = calloc(1, 1 << 20);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

static bool line_says(const struct manual *manual, size_t line, const char *words)
{
	const char *at = manual->text;
	while (--line)
		at = strchr(at, '\n') + 1;
	const char *found = strstr(at, words);
	return found && found < strchr(at, '\n');
}

static void see(struct manual *manual, const struct schema_row *row)
{
	assert_true(manual->seen_count < ROWS);
	manual->seen[manual->seen_count++] = row;
}

static bool was_seen(const struct manual *manual, const struct schema_row *row)
{
	for (size_t i = 0; i < manual->seen_count; i++)
		if (manual->seen[i] == row)
			return true;
	return false;
}

/* Reads the node as the reader would, without its other errors. */
static bool node_is_default(const struct schema_row *row, const struct node *node)
{
	union value value;
	memset(&value, 0, sizeof value);
	bool fits = row->type == SCHEMA_DICTIONARY                          ? node->kind == NODE_MAPPING && !node->count
		    : row->type == SCHEMA_LIST || row->type == SCHEMA_FLAGS ? node->kind == NODE_SEQUENCE
									    : node->kind == NODE_SCALAR;
	for (size_t i = 0; fits && i < node->count; i++) {
		if (row->type == SCHEMA_LIST)
			value_list_add(&value.list, strdup(node->children[i]->text));
		else
			fits = !value_parse(row, node->children[i]->text, &value);
	}
	if (fits && node->kind == NODE_SCALAR)
		fits = !value_parse(row, node->text, &value);
	fits = fits && value_is_default(row, &value);
	value_clear(row, &value);
	return fits;
}

static void walk(struct manual *manual, const struct schema_table *table, const struct node *node, bool unbuilt);

static void walk_row(struct manual *manual, const struct schema_row *row, const struct node *node, bool unbuilt)
{
	if (!row->table && line_says(manual, node->line, "(example)"))
		return;
	bool says_unbuilt = line_says(manual, node->line, "not in this version");
	bool must_say = !unbuilt && row->flags & SCHEMA_NOT_BUILT;
	if (says_unbuilt != must_say)
		fail_msg("line %zu: %s: \"not in this version\" is %s", node->line, row->name,
			 must_say ? "missing" : "wrong");
	unbuilt |= row->flags & SCHEMA_NOT_BUILT;
	if (row->flags & SCHEMA_REQUIRED && !line_says(manual, node->line, "(required)"))
		fail_msg("line %zu: %s is not marked (required)", node->line, row->name);
	if (row->type == SCHEMA_SECTION) {
		walk(manual, row->table, node, unbuilt);
	} else if (row->type == SCHEMA_ENTRIES || row->type == SCHEMA_SEQUENCE) {
		for (size_t i = 0; i < node->count; i++)
			walk(manual, row->table, node->children[i], unbuilt);
	} else if (!(row->flags & SCHEMA_REQUIRED)) {
		if (!node_is_default(row, node))
			fail_msg("line %zu: %s has another default in the schema: %s", node->line, row->name,
				 row->initial);
	}
	see(manual, row);
}

/* Every key of the file is in the table. */
static void walk(struct manual *manual, const struct schema_table *table, const struct node *node, bool unbuilt)
{
	for (size_t i = 0; i < node->count; i++) {
		size_t offset;
		const struct schema_row *row = schema_find(table, node->children[i]->key, &offset);
		if (!row)
			fail_msg("line %zu: %s is not in the schema", node->children[i]->line, node->children[i]->key);
		walk_row(manual, row, node->children[i], unbuilt);
	}
}

/* Every key of the table is in the file. */
static void look_for_rows(const struct manual *manual, const struct schema_table *table)
{
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		if (row->type != SCHEMA_INLINE && !was_seen(manual, row))
			fail_msg("%s is in the schema, not in the manual", row->name);
		if (row->table)
			look_for_rows(manual, row->table);
	}
}

static void manual_and_schema_agree(void **state)
{
	(void)state;
	struct manual manual = {.text = read_text(MANUAL)};
	struct config_errors errors = {0};
	struct node *root = node_parse(manual.text, strlen(manual.text), "framebroker.yaml", &errors);
	assert_errors(&errors, NULL);
	walk(&manual, &schema_config, root, false);
	look_for_rows(&manual, &schema_config);
	node_free(root);
	free(manual.text);
}

/* A default that cannot be parsed would silently be zero. */
static void check_defaults(const struct schema_table *table)
{
	for (const struct schema_row *row = table->rows; row < table->rows + table->row_count; row++) {
		if (row->table) {
			check_defaults(row->table);
		} else if (row->type != SCHEMA_LIST && row->type != SCHEMA_DICTIONARY && row->type != SCHEMA_FLAGS &&
			   !(row->flags & SCHEMA_REQUIRED)) {
			union value value;
			memset(&value, 0, sizeof value);
			const char *fault = row->initial ? value_parse(row, row->initial, &value) : "is missing";
			if (fault)
				fail_msg("the default of %s %s", row->name, fault);
			value_clear(row, &value);
		}
	}
}

static void defaults_are_valid(void **state)
{
	(void)state;
	check_defaults(&schema_config);
}

static void example_loads(void **state)
{
	(void)state;
	struct config *config = NULL;
	struct config_errors errors = {0};
	config_load_file(EXAMPLE, &config, &errors);
	assert_errors(&errors, NULL);
	assert_int_equal(config->source_count, 1);
	assert_int_equal(config->sources[0].output_count, 3);
	assert_string_equal(config->sources[0].outputs[1].name, "gate/small");
	assert_int_equal(config->sources[0].outputs[1].depth, 12);
	assert_int_equal(config->sink_count, 1);
	assert_string_equal(config->sinks[0].audio.stream, "gate/audio");
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manual_and_schema_agree),
		cmocka_unit_test(defaults_are_valid),
		cmocka_unit_test(example_loads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
