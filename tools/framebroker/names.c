/* names.c: a name that is not there is answered with those that are. */
#include "names.h"
#include "field.h"
#include "report.h"
#include "session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *there_are(const json_t *entries)
{
	char *list = field_list(entries), *text;
	if ((*list ? asprintf(&text, "there are: %s", list) : asprintf(&text, "there is none")) < 0)
		abort();
	free(list);
	return text;
}

char *names_there(const json_t *status, const char *kind)
{
	const char *section = strcmp(kind, "source") == 0 ? "sources"
			      : strcmp(kind, "sink") == 0 ? "sinks"
							  : "streams"; /* an output is known by its stream */
	return there_are(json_object_get(status, section));
}

enum exit_status names_unknown_anywhere(const json_t *status, const char *name)
{
	static const char *const sections[] = {"sources", "streams", "sinks"};
	json_t *names = json_object(); /* a source and its stream often have one name */
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		size_t index;
		json_t *entry;
		json_array_foreach (json_object_get(status, sections[i]), index, entry)
			json_object_set(names, field_text(entry, "name"), json_object_get(entry, "name"));
	}
	json_t *list = json_array(), *text;
	const char *key;
	json_object_foreach (names, key, text)
		json_array_append(list, text);
	char *there = there_are(list);
	complain("%s: no such name; %s", name, there);
	free(there);
	json_decref(list);
	json_decref(names);
	return EXIT_NO_NAME;
}

enum exit_status names_unknown_in(const json_t *status, const char *kind, const char *name)
{
	char *there = names_there(status, kind);
	complain("%s %s: no such name; %s", kind, name, there);
	free(there);
	return EXIT_NO_NAME;
}

enum exit_status names_unknown(fb_broker *broker, const char *kind, const char *name)
{
	json_t *status;
	if (session_status(broker, &status) != EXIT_DONE)
		return EXIT_NO_NAME;
	enum exit_status result = names_unknown_in(status, kind, name);
	json_decref(status);
	return result;
}
