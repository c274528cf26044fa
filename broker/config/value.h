/* value.h: one key's value: read from text, written as JSON, copied, freed. All types but structs. */
#ifndef FRAMEBROKER_CONFIG_VALUE_H
#define FRAMEBROKER_CONFIG_VALUE_H
#include "config/number.h"
#include "config/schema_row.h"
#include "config/types.h"
#include <stdbool.h>
#include <stdio.h>

/* Room for the member of any row that is no struct. */
union value {
	bool boolean;
	int64_t number;
	char *string;
	struct config_rate rate;
	struct config_list list;
	struct config_dictionary dictionary;
};

/* The units of INT, DURATION, SIZE and BIT_RATE. */
const struct number_units *value_units(enum schema_type type);

/* Replaces the member by what text says; not for LIST and DICTIONARY, for FLAGS it adds one word. Returns NULL, or what
 * is wrong, to be read after the text itself; the member is then unchanged. */
const char *value_parse(const struct schema_row *row, const char *text, void *member);

/* What may stand there, for an error. buffer is always ended. */
void value_allowed(const struct schema_row *row, char *buffer, size_t size);

/* Fills a zeroed member with the row's default. */
void value_init(const struct schema_row *row, void *member);

/* A text or a list with nothing in it. */
bool value_is_empty(const struct schema_row *row, const void *member);

/* Take key, value and item over. */
void value_dictionary_add(struct config_dictionary *dictionary, char *key, char *value);
void value_list_add(struct config_list *list, char *item);

void value_copy(const struct schema_row *row, void *to, const void *from);
void value_clear(const struct schema_row *row, void *member);

/* As JSON. */
void value_write(FILE *out, const struct schema_row *row, const void *member);
bool value_is_default(const struct schema_row *row, const void *member);

#endif
