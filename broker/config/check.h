/* check.h: what the keys of one entry must fulfil together. Each function is a schema_table's check: it adds errors,
 * and puts inherited keys that have no meaning in this entry back to their defaults. */
#ifndef FRAMEBROKER_CONFIG_CHECK_H
#define FRAMEBROKER_CONFIG_CHECK_H
#include "config/read.h"

void check_output(struct reader *reader, const struct node *node, const struct path *path, void *output);
void check_source(struct reader *reader, const struct node *node, const struct path *path, void *source);
void check_stream(struct reader *reader, const struct node *node, const struct path *path, void *stream);

#endif
