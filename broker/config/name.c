/* name.c: the rule for names of streams, sources, sinks and processors. */
#include "config/name.h"
#include "base/limits.h"
#include <string.h>

static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";

const char *config_name_fault(const char *name)
{
	if (!*name)
		return "is empty";
	if (strlen(name) > LIMIT_NAME)
		return "is longer than 64 bytes";
	if (name[strspn(name, allowed)])
		return "may hold letters, digits, _ . - and / only";
	for (const char *part = name;; part++) {
		size_t length = strcspn(part, "/");
		if (length == 0)
			return "has an empty part beside a /";
		if (length <= 2 && strspn(part, ".") == length)
			return "has a part . or ..";
		part += length;
		if (!*part)
			return NULL;
	}
}
