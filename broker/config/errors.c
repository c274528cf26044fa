/* errors.c: the list of what is wrong. */
#include "config/errors.h"
#include "base/error.h"
#include "base/limits.h"
#include "config/alloc.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void config_errors_add(struct config_errors *errors, const char *file, size_t line, const char *format, ...)
{
	errors->total++;
	if (errors->count == LIMIT_CONFIG_ERRORS)
		return;
	char *text = NULL;
	size_t size;
	FILE *out = alloc_stream(&text, &size);
	if (file && line)
		fprintf(out, "%s:%zu: ", file, line);
	else if (file)
		fprintf(out, "%s: ", file);
	va_list args;
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fclose(out);
	for (char *at = text; *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = '?'; /* keys and values may hold line breaks, a line may not */
	char **slot = alloc_append((void **)&errors->lines, &errors->count, sizeof *errors->lines);
	*slot = text;
}

int config_errors_result(const struct config_errors *errors, size_t total_before, int err)
{
	if (errors->total == total_before)
		return 0;
	char text[ERROR_TEXT_SIZE - sizeof "\nand 18446744073709551615 more"] = "";
	size_t shown = 0, length = 0;
	while (shown < errors->count && (shown == 0 || length + 1 + strlen(errors->lines[shown]) < sizeof text)) {
		snprintf(text + length, sizeof text - length, "%s%s", shown ? "\n" : "", errors->lines[shown]);
		length = strlen(text);
		shown++;
	}
	if (shown == errors->total)
		return error_set(err, "%s", text);
	return error_set(err, "%s\nand %zu more", text, errors->total - shown);
}

void config_errors_clear(struct config_errors *errors)
{
	if (!errors)
		return;
	for (size_t i = 0; i < errors->count; i++)
		free(errors->lines[i]);
	free(errors->lines);
	*errors = (struct config_errors){0};
}
