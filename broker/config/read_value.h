/* read_value.h: fills one member from one place of the file. */
#ifndef FRAMEBROKER_CONFIG_READ_VALUE_H
#define FRAMEBROKER_CONFIG_READ_VALUE_H
#include "config/reader.h"
#include "config/schema_row.h"

/* All types but structs. flags: as for reader_read(). Adds errors where the value is wrong or not in this version. */
void reader_read_value(struct reader *reader, const struct schema_row *row, const struct node *node,
		       const struct path *path, void *member, unsigned flags);

#endif
