/* read.h: fills structs from the tree of a file, row by row of the schema, and collects what is wrong. */
#ifndef FRAMEBROKER_CONFIG_READ_H
#define FRAMEBROKER_CONFIG_READ_H
#include "config/node.h"
#include "config/schema.h"

/* A stream's name and where it is defined. */
struct reader_stream {
	char *name;
	const struct node *node;
};

struct reader {
	struct config_errors *errors;
	const struct config_defaults *defaults; /* what entries begin as; NULL: the built-in defaults */
	bool expand;                            /* ${NAME} */
	struct reader_stream *streams;          /* all that were seen so far */
	size_t stream_count;
};

/* The way from the root to a key, for errors: sources.gate.url. */
struct path {
	const struct path *up; /* NULL: at the root */
	const char *key;       /* NULL: the index'th of a list */
	size_t index;
};

/* Frees what the reader gathered. */
void reader_clear(struct reader *reader);

/* Adds the error "FILE:LINE: path: format…"; path NULL: "FILE:LINE: format…". */
void reader_fault(struct reader *reader, const struct node *node, const struct path *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Remembers a stream; an error where its name is taken. */
void reader_add_stream(struct reader *reader, const char *name, const struct node *node, const struct path *path);

/* Reads a mapping into an initialised struct, whose name is set already. flags: SCHEMA_NOT_BUILT and SCHEMA_PROTOTYPE
 * of the rows above. */
void reader_read(struct reader *reader, const struct schema_table *table, const struct node *node,
		 const struct path *path, void *entry, unsigned flags);

#endif
