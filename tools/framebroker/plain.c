/* plain.c: replaces control characters. */
#include "plain.h"
#include <stdlib.h>
#include <string.h>

void plain_text(char *text)
{
	for (unsigned char *at = (unsigned char *)text; *at; at++) {
		if (*at < 0x20 || *at == 0x7f)
			*at = '?';
		else if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
			at[0] = at[1] = '?';
	}
}

static void plain_string(json_t *string)
{
	char *copy = strdup(json_string_value(string));
	if (!copy)
		abort();
	plain_text(copy);
	json_string_set(string, copy);
	free(copy);
}

void plain_json(json_t *json)
{
	const char *key;
	json_t *value;
	size_t index;

	if (json_is_string(json))
		plain_string(json);
	json_object_foreach (json, key, value)
		plain_json(value);
	json_array_foreach (json, index, value)
		plain_json(value);
}
