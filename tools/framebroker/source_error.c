/* source_error.c: what is wrong with a source, in one line with the mend. */
#include "source_error.h"
#include "field.h"
#include "human.h"
#include <stdio.h>
#include <stdlib.h>

char *source_error(const json_t *source)
{
	const json_t *error = json_object_get(source, "error");
	if (!json_is_object(error))
		return NULL;
	const char *mend = field_text(error, "mend");
	char age[HUMAN_SIZE], *text;
	human_age(field_integer(error, "utc_ns"), age);
	if (asprintf(&text, "%s%s%s (%s ago)", field_text(error, "text"), *mend ? "; " : "", mend, age) < 0)
		abort();
	return text;
}
