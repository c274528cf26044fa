/* check.h: what the keys of one entry must fulfil together. Each function is a schema_table's check: it adds errors,
 * and puts inherited keys that have no meaning in this entry back to their defaults. */
#ifndef FRAMEBROKER_CONFIG_CHECK_H
#define FRAMEBROKER_CONFIG_CHECK_H
#include "config/reader.h"
#include <stdint.h>

/* An error at a key where the entry has it, else at the entry: the value may come from defaults. */
void check_fault(struct reader *reader, const struct node *node, const struct path *path, const char *key,
		 const char *text);

/* Where a source or sink connects to. */
struct check_connection {
	const char *url, *user, *password;
	int64_t reconnect_delay_ns, reconnect_delay_max_ns;
};
void check_connection(struct reader *reader, const struct node *node, const struct path *path,
		      const struct check_connection *connection);

void check_output(struct reader *reader, const struct node *node, const struct path *path, void *output);
void check_source(struct reader *reader, const struct node *node, const struct path *path, void *source);
void check_stream(struct reader *reader, const struct node *node, const struct path *path, void *stream);
void check_sink(struct reader *reader, const struct node *node, const struct path *path, void *sink);

#endif
