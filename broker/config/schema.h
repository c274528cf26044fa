/* schema.h: every key of the configuration as a row. Reading, writing, copying and freeing all follow these rows;
 * nothing else knows a key. */
#ifndef FRAMEBROKER_CONFIG_SCHEMA_H
#define FRAMEBROKER_CONFIG_SCHEMA_H
#include "config/schema_row.h"

struct config_defaults;

extern const struct schema_table schema_config, schema_broker, schema_source, schema_output, schema_stream;

/* The row of that key, those of INLINE structs too, and where its member is in the struct; NULL: none. */
const struct schema_row *schema_find(const struct schema_table *table, const char *key, size_t *ret_offset);

/* The key that was perhaps meant; NULL: none is near. */
const char *schema_nearest(const struct schema_table *table, const char *key);

/* Fills a struct with the prototypes in defaults, or where that is NULL with the built-in defaults. */
void schema_init(const struct schema_table *table, void *entry, const struct config_defaults *defaults);

/* Fills a struct with a copy of another; names are copied too. */
void schema_copy(const struct schema_table *table, void *to, const void *from);

/* Where an entry's name is, the one of its INLINE struct too; NULL: it has none. */
char **schema_name(const struct schema_table *table, void *entry);

/* Adds a zeroed struct to the array of an ENTRIES or SEQUENCE row of entry, and takes all of them away. */
void *schema_append(const struct schema_row *row, void *entry);
void schema_clear_array(const struct schema_row *row, void *entry);

/* Frees what the struct's members own, not the struct. */
void schema_clear(const struct schema_table *table, void *entry);

#endif
