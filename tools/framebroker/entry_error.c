/* entry_error.c: what is wrong with a source or sink, in one line with the mend. */
#include "entry_error.h"
#include "field.h"
#include "human.h"
#include <stdio.h>
#include <stdlib.h>

char *entry_error(const json_t *entry)
{
	const json_t *error = json_object_get(entry, "error");
	if (!json_is_object(error))
		return NULL;
	const char *mend = field_text(error, "mend");
	char age[HUMAN_SIZE], *text;
	human_age(field_integer(error, "utc_ns"), age);
	if (asprintf(&text, "%s%s%s (%s ago)", field_text(error, "text"), *mend ? "; " : "", mend, age) < 0)
		abort();
	return text;
}

void entry_errors_print(const json_t *entries, const char *kind)
{
	size_t index;
	json_t *entry;
	json_array_foreach (entries, index, entry) {
		char *error = entry_error(entry);
		if (error)
			printf("%s %s: %s\n", kind, field_text(entry, "name"), error);
		free(error);
	}
}
