/* field.h: looks into the status's JSON; what is missing, null or of another type reads as empty or 0. */
#ifndef FRAMEBROKER_CLI_FIELD_H
#define FRAMEBROKER_CLI_FIELD_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Lives as long as object. */
const char *field_text(const json_t *object, const char *key);
int64_t field_integer(const json_t *object, const char *key);
double field_real(const json_t *object, const char *key);
bool field_true(const json_t *object, const char *key);

/* The entry called name in the array object[key]; NULL. */
json_t *field_named(const json_t *object, const char *key, const char *name);

/* "a, b, c" from an array of strings or of objects with a name; "" for none. The caller's to free(). */
char *field_list(const json_t *array);

#endif
