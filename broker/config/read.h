/* read.h: fills structs from the tree of a file, row by row of the schema, and collects what is wrong. */
#ifndef FRAMEBROKER_CONFIG_READ_H
#define FRAMEBROKER_CONFIG_READ_H
#include "config/reader.h"
#include "config/schema_row.h"

/* Reads a mapping into an initialised struct, whose name is set already. flags: SCHEMA_NOT_BUILT and SCHEMA_PROTOTYPE
 * of the rows above. */
void reader_read(struct reader *reader, const struct schema_table *table, const struct node *node,
		 const struct path *path, void *entry, unsigned flags);

#endif
