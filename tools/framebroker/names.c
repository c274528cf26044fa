/* names.c: a name that is not there is answered with those that are. */
#include "names.h"
#include "field.h"
#include "report.h"
#include "session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *names_there(const json_t *status, const char *kind)
{
	/* an output is known by its stream */
	const char *section = strcmp(kind, "source") == 0 ? "sources" : "streams";
	char *list = field_list(json_object_get(status, section));
	char *text;
	if ((*list ? asprintf(&text, "there are: %s", list) : asprintf(&text, "there is none")) < 0)
		abort();
	free(list);
	return text;
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
