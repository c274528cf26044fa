/* field.c: looks into the status's JSON. */
#include "field.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *field_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

int64_t field_integer(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

double field_real(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

bool field_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

json_t *field_named(const json_t *object, const char *key, const char *name)
{
	size_t index;
	json_t *entry;
	json_array_foreach (json_object_get(object, key), index, entry)
		if (strcmp(field_text(entry, "name"), name) == 0)
			return entry;
	return NULL;
}

char *field_list(const json_t *array)
{
	char *text = NULL;
	size_t size, index;
	json_t *entry;
	FILE *list = open_memstream(&text, &size);
	if (!list)
		abort();
	json_array_foreach (array, index, entry) {
		const char *name = json_is_string(entry) ? json_string_value(entry) : field_text(entry, "name");
		fprintf(list, "%s%s", index ? ", " : "", name);
	}
	if (fclose(list) != 0)
		abort();
	return text;
}
