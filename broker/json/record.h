/* record.h: structs as JSON and back, by a table of their members: what is kept for the next core is written so. */
#ifndef FRAMEBROKER_JSON_RECORD_H
#define FRAMEBROKER_JSON_RECORD_H
#include <jansson.h>
#include <stddef.h>

enum record_type {
	RECORD_BOOL,
	RECORD_NUMBER, /* of 4 or 8 bytes, not negative, below 2^63 */
	RECORD_TEXT    /* a char array */
};

struct record_field {
	const char *name;
	enum record_type type;
	size_t offset, size;
};

/* A row of a table: the member may lie deeper, as in terms.depth. */
#define RECORD_FIELD(key, kind, type, member)                                                                          \
	{                                                                                                              \
		key, kind, offsetof(type, member), sizeof(((type *)NULL)->member)                                      \
	}

struct record_table {
	const struct record_field *fields;
	size_t count;
};

#define RECORD_TABLE(fields)                                                                                           \
	{                                                                                                              \
		fields, sizeof(fields) / sizeof *(fields)                                                              \
	}

/* A new object; NULL: no memory. */
json_t *record_pack(const struct record_table *table, const void *from);

/* Fills the members in; those that have no key stay as they are. -EPROTO with error text: one of them does not fit. */
int record_unpack(const struct record_table *table, const json_t *object, void *to);

#endif
