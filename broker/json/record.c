/* record.c: structs as JSON and back. */
#include "json/record.h"
#include "base/error.h"
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static json_t *pack_number(const char *member, size_t size)
{
	uint32_t narrow;
	uint64_t wide;
	memcpy(size == sizeof narrow ? (void *)&narrow : &wide, member, size);
	return json_integer(size == sizeof narrow ? (json_int_t)narrow : (json_int_t)wide);
}

static json_t *pack_field(const struct record_field *field, const char *member)
{
	switch (field->type) {
	case RECORD_BOOL:
		return json_boolean(*(const bool *)member);
	case RECORD_NUMBER:
		return pack_number(member, field->size);
	case RECORD_TEXT:
		return json_string(member);
	}
	return NULL;
}

json_t *record_pack(const struct record_table *table, const void *from)
{
	json_t *object = json_object();
	for (size_t i = 0; i < table->count; i++) {
		const struct record_field *field = &table->fields[i];
		json_t *value = pack_field(field, (const char *)from + field->offset);
		if (json_object_set_new(object, field->name, value) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static bool unpack_number(const json_t *value, char *member, size_t size)
{
	json_int_t number = json_integer_value(value);
	uint32_t narrow = (uint32_t)number;
	if (!json_is_integer(value) || number < 0 || (size == sizeof narrow && number > UINT32_MAX))
		return false;
	memcpy(member, size == sizeof narrow ? (const void *)&narrow : &number, size);
	return true;
}

static bool unpack_field(const struct record_field *field, const json_t *value, char *member)
{
	switch (field->type) {
	case RECORD_BOOL:
		*(bool *)member = json_is_true(value);
		return json_is_boolean(value);
	case RECORD_NUMBER:
		return unpack_number(value, member, field->size);
	case RECORD_TEXT:
		if (!json_is_string(value) || json_string_length(value) >= field->size)
			return false;
		memcpy(member, json_string_value(value), json_string_length(value) + 1);
		return true;
	}
	return false;
}

int record_unpack(const struct record_table *table, const json_t *object, void *to)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct record_field *field = &table->fields[i];
		const json_t *value = json_object_get(object, field->name);
		if (value && !unpack_field(field, value, (char *)to + field->offset))
			return error_set(EPROTO, "%s does not fit", field->name);
	}
	return 0;
}
