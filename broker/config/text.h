/* text.h: a struct as JSON, by its table. */
#ifndef FRAMEBROKER_CONFIG_TEXT_H
#define FRAMEBROKER_CONFIG_TEXT_H
#include "config/schema.h"
#include <stdbool.h>

/* One line: the keys that are not at their built-in defaults, and first the name where with_name. For free(). */
char *text_write(const struct schema_table *table, const void *entry, bool with_name);

#endif
