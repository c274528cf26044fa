/* node.h: a YAML text as a tree of what is written where, before anything is known about keys. */
#ifndef FRAMEBROKER_CONFIG_NODE_H
#define FRAMEBROKER_CONFIG_NODE_H
#include "config/errors.h"
#include <stdbool.h>
#include <stddef.h>

enum node_kind { NODE_SCALAR, NODE_MAPPING, NODE_SEQUENCE };

struct node {
	enum node_kind kind;
	const char *file; /* borrowed from whoever parsed */
	size_t line;      /* of the key where there is one; the first is 1 */
	char *key;        /* as a child of a mapping */
	char *text;       /* of a scalar */
	bool plain;       /* a scalar without quotes */
	struct node **children;
	size_t count;
};

/* Parses one document; JSON is YAML. Anchors, aliases, tags and further documents are refused, keys may be repeated.
 * file must outlive the tree. Returns the root, a mapping, for node_free(); NULL with at least one line in errors. */
struct node *node_parse(const char *text, size_t size, const char *file, struct config_errors *errors);

/* NULL is fine. */
void node_free(struct node *node);

/* Puts child at the index'th place; the parent owns it then. */
void node_insert(struct node *parent, size_t index, struct node *child);

/* Takes the index'th child out; the caller owns it then. */
struct node *node_remove(struct node *parent, size_t index);

/* The first child of that key; NULL: none. */
struct node *node_child(const struct node *mapping, const char *key);

/* The same, taken out; the caller owns it then. */
struct node *node_take(struct node *mapping, const char *key);

/* Nothing is written there, or null or ~. */
bool node_is_null(const struct node *node);

#endif
