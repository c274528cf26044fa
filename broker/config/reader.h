/* reader.h: what a reader of the tree knows and has found: faults, and the names of streams. */
#ifndef FRAMEBROKER_CONFIG_READER_H
#define FRAMEBROKER_CONFIG_READER_H
#include "config/node.h"

struct config_defaults;

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

#endif
