/* node.c: builds the tree from libyaml's events. */
#include "config/node.h"
#include "base/limits.h"
#include "config/alloc.h"
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct builder {
	yaml_parser_t parser;
	const char *text;
	size_t size;
	const char *file;
	struct config_errors *errors;
	size_t nodes;
};

void node_free(struct node *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->count; i++)
		node_free(node->children[i]);
	free(node->children);
	free(node->key);
	free(node->text);
	free(node);
}

void node_insert(struct node *parent, size_t index, struct node *child)
{
	alloc_append((void **)&parent->children, &parent->count, sizeof *parent->children);
	memmove(&parent->children[index + 1], &parent->children[index],
		(parent->count - 1 - index) * sizeof *parent->children);
	parent->children[index] = child;
}

struct node *node_remove(struct node *parent, size_t index)
{
	struct node *child = parent->children[index];
	parent->count--;
	memmove(&parent->children[index], &parent->children[index + 1],
		(parent->count - index) * sizeof *parent->children);
	return child;
}

struct node *node_child(const struct node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (mapping->children[i]->key && !strcmp(mapping->children[i]->key, key))
			return mapping->children[i];
	return NULL;
}

struct node *node_take(struct node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (mapping->children[i]->key && !strcmp(mapping->children[i]->key, key))
			return node_remove(mapping, i);
	return NULL;
}

bool node_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->plain &&
	       (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"));
}

static size_t event_line(const yaml_event_t *event)
{
	return event->start_mark.line + 1;
}

static void fault(struct builder *builder, size_t line, const char *text)
{
	config_errors_add(builder->errors, builder->file, line, "%s", text);
}

/* The line's indentation holds a tab: what libyaml then complains about is far from the cause. */
static bool line_has_tab(const struct builder *builder, size_t line)
{
	const char *at = builder->text, *end = builder->text + builder->size;
	for (; line > 1 && at; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at)
			at++;
	}
	while (at && at < end && *at == ' ')
		at++;
	return at && at < end && *at == '\t';
}

static void fault_of_parser(struct builder *builder)
{
	const yaml_parser_t *parser = &builder->parser;
	size_t line = parser->problem_mark.line + 1;
	if (parser->error == YAML_READER_ERROR) {
		line = 1;
		for (size_t i = 0; i < parser->problem_offset && i < builder->size; i++)
			line += builder->text[i] == '\n';
	}
	if (line_has_tab(builder, line))
		fault(builder, line, "a tab in the indentation; YAML indents with spaces");
	else
		config_errors_add(builder->errors, builder->file, line, "not YAML: %s%s%s",
				  parser->context ? parser->context : "", parser->context ? ", " : "",
				  parser->problem ? parser->problem : "cannot be read");
}

static bool next_event(struct builder *builder, yaml_event_t *event)
{
	if (yaml_parser_parse(&builder->parser, event))
		return true;
	fault_of_parser(builder);
	return false;
}

static void refuse_anchor_and_tag(struct builder *builder, size_t line, const yaml_char_t *anchor,
				  const yaml_char_t *tag)
{
	if (anchor)
		fault(builder, line, "anchors (&name) are not allowed; use defaults: for what entries share");
	if (tag)
		fault(builder, line, "tags (!name) are not allowed; write the value alone");
}

static struct node *build(struct builder *builder, yaml_event_t *event, unsigned depth);

static bool build_children(struct builder *builder, struct node *parent, yaml_event_type_t end, unsigned depth)
{
	for (;;) {
		yaml_event_t event;
		if (!next_event(builder, &event))
			return false;
		if (event.type == end) {
			yaml_event_delete(&event);
			return true;
		}
		struct node *key = NULL;
		if (parent->kind == NODE_MAPPING) {
			if (event.type != YAML_SCALAR_EVENT && event.type != YAML_ALIAS_EVENT) {
				fault(builder, event_line(&event), "a key must be a plain word");
				yaml_event_delete(&event);
				return false;
			}
			key = build(builder, &event, depth);
			if (!key)
				return false;
			if (!next_event(builder, &event)) {
				node_free(key);
				return false;
			}
		}
		struct node *child = build(builder, &event, depth);
		if (child && key) {
			child->key = key->text;
			child->line = key->line;
			key->text = NULL;
		}
		node_free(key);
		if (!child)
			return false;
		node_insert(parent, parent->count, child);
	}
}

static bool build_scalar(struct builder *builder, struct node *node, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	if (strlen(text) != event->data.scalar.length) {
		fault(builder, node->line, "a zero byte inside a value");
		return false;
	}
	refuse_anchor_and_tag(builder, node->line, event->data.scalar.anchor, event->data.scalar.tag);
	node->text = alloc_text(text);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return true;
}

/* Makes the node that event begins and deletes the event; NULL where the rest of the text makes no sense. */
static struct node *build(struct builder *builder, yaml_event_t *event, unsigned depth)
{
	struct node *node = alloc_zeroed(sizeof *node);
	node->file = builder->file;
	node->line = event_line(event);
	bool ok = false;
	if (++builder->nodes > LIMIT_CONFIG_NODES || depth > LIMIT_CONFIG_DEPTH) {
		fault(builder, node->line,
		      depth > LIMIT_CONFIG_DEPTH ? "nested too deeply" : "too many keys and values");
	} else if (event->type == YAML_SCALAR_EVENT) {
		ok = build_scalar(builder, node, event);
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		node->kind = NODE_MAPPING;
		refuse_anchor_and_tag(builder, node->line, event->data.mapping_start.anchor,
				      event->data.mapping_start.tag);
		ok = build_children(builder, node, YAML_MAPPING_END_EVENT, depth + 1);
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = NODE_SEQUENCE;
		refuse_anchor_and_tag(builder, node->line, event->data.sequence_start.anchor,
				      event->data.sequence_start.tag);
		ok = build_children(builder, node, YAML_SEQUENCE_END_EVENT, depth + 1);
	} else {
		fault(builder, node->line, "aliases (*name) are not allowed; use defaults: for what entries share");
	}
	yaml_event_delete(event);
	if (ok)
		return node;
	node_free(node);
	return NULL;
}

/* Reads the whole stream: no document is an empty mapping, a second one is refused. */
static struct node *build_document(struct builder *builder)
{
	struct node *root = NULL;
	for (;;) {
		yaml_event_t event;
		if (!next_event(builder, &event))
			break;
		yaml_event_type_t type = event.type;
		size_t line = event_line(&event);
		yaml_event_delete(&event);
		if (type == YAML_STREAM_END_EVENT)
			return root ? root : alloc_zeroed(sizeof *root);
		if (type != YAML_DOCUMENT_START_EVENT)
			continue;
		if (root) {
			fault(builder, line, "a second document; one file holds one");
			break;
		}
		if (!next_event(builder, &event))
			break;
		root = build(builder, &event, 0);
		if (!root)
			break;
	}
	node_free(root);
	return NULL;
}

struct node *node_parse(const char *text, size_t size, const char *file, struct config_errors *errors)
{
	struct builder builder = {.text = text, .size = size, .file = file, .errors = errors};
	size_t errors_before = errors->total;
	if (!yaml_parser_initialize(&builder.parser))
		abort();
	yaml_parser_set_input_string(&builder.parser, (const unsigned char *)text, size);
	struct node *root = build_document(&builder);
	yaml_parser_delete(&builder.parser);
	if (root && (!root->text || node_is_null(root)) && root->kind == NODE_SCALAR) {
		root->kind = NODE_MAPPING;
		root->file = file;
		root->line = 1;
	}
	if (root && root->kind != NODE_MAPPING)
		fault(&builder, root->line, "not a configuration; allowed: keys with values, such as sources:");
	if (errors->total == errors_before)
		return root;
	node_free(root);
	return NULL;
}
