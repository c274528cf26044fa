/* read_value.c: single values, lists and dictionaries. */
#include "config/read_value.h"
#include "config/alloc.h"
#include "config/secret.h"
#include "config/value.h"
#include <stdlib.h>
#include <string.h>

#define ALLOWED_SIZE 256

/* "PATH: 'TEXT' FAULT; allowed: …" with what the file says, not with a secret put in its place. */
static void fault_value(struct reader *reader, const struct schema_row *row, const struct node *node,
			const struct path *path, const char *fault)
{
	char allowed[ALLOWED_SIZE];
	value_allowed(row, allowed, sizeof allowed);
	if (row->flags & SCHEMA_SECRET || node->kind != NODE_SCALAR)
		reader_fault(reader, node, path, "%s; allowed: %s", fault, allowed);
	else
		reader_fault(reader, node, path, "'%.100s' %s; allowed: %s", node->text, fault, allowed);
}

/* The scalar's text with its ${NAME}s filled in, for free(); NULL after an error. */
static char *scalar_text(struct reader *reader, const struct schema_row *row, const struct node *node,
			 const struct path *path)
{
	if (node->kind != NODE_SCALAR) {
		fault_value(reader, row, node, path, "is not a single value");
		return NULL;
	}
	if (node_is_null(node)) {
		reader_fault(reader, node, path, "has no value; leave the key out or write one");
		return NULL;
	}
	if (!reader->expand)
		return alloc_text(node->text);
	char fault[512];
	char *text = secret_expand(node->text, fault, sizeof fault);
	if (!text)
		reader_fault(reader, node, path, "%s", fault);
	return text;
}

static bool read_scalar(struct reader *reader, const struct schema_row *row, const struct node *node,
			const struct path *path, void *member)
{
	char *text = scalar_text(reader, row, node, path);
	if (!text)
		return false;
	const char *fault = value_parse(row, text, member);
	if (fault)
		fault_value(reader, row, node, path, fault);
	free(text);
	return !fault;
}

static bool read_items(struct reader *reader, const struct schema_row *row, const struct node *node,
		       const struct path *path, void *member)
{
	if (node->kind != NODE_SEQUENCE) {
		fault_value(reader, row, node, path, "is not a list");
		return false;
	}
	value_clear(row, member);
	bool ok = true;
	for (size_t i = 0; i < node->count; i++) {
		const struct path item_path = {path, NULL, i};
		const struct node *child = node->children[i];
		if (row->type == SCHEMA_FLAGS) {
			ok &= read_scalar(reader, row, child, &item_path, member);
			continue;
		}
		char *text = scalar_text(reader, row, child, &item_path);
		if (text)
			value_list_add(member, text);
		ok &= text != NULL;
	}
	if (ok && row->flags & SCHEMA_REQUIRED && !node->count) {
		fault_value(reader, row, node, path, "is empty");
		return false;
	}
	return ok;
}

static bool read_dictionary(struct reader *reader, const struct schema_row *row, const struct node *node,
			    const struct path *path, struct config_dictionary *dictionary)
{
	if (node->kind != NODE_MAPPING) {
		fault_value(reader, row, node, path, "is not a mapping");
		return false;
	}
	value_clear(row, dictionary);
	bool ok = true;
	for (size_t i = 0; i < node->count; i++) {
		const struct node *child = node->children[i];
		const struct path child_path = {path, child->key, 0};
		const struct node *first = node_child(node, child->key);
		if (first != child) {
			reader_fault(reader, child, &child_path, "given a second time; the first is at %s:%zu",
				     first->file, first->line);
			ok = false;
			continue;
		}
		char *text = scalar_text(reader, row, child, &child_path);
		if (text)
			value_dictionary_add(dictionary, alloc_text(child->key), text);
		ok &= text != NULL;
	}
	return ok;
}

void reader_read_value(struct reader *reader, const struct schema_row *row, const struct node *node,
		       const struct path *path, void *member, unsigned flags)
{
	bool ok;
	if (row->type == SCHEMA_DICTIONARY)
		ok = read_dictionary(reader, row, node, path, member);
	else if (row->type == SCHEMA_LIST || row->type == SCHEMA_FLAGS)
		ok = read_items(reader, row, node, path, member);
	else
		ok = read_scalar(reader, row, node, path, member);
	if (!ok)
		return;
	if (flags & SCHEMA_NOT_BUILT && !value_is_default(row, member))
		reader_fault(reader, node, path, "not in this version");
}
