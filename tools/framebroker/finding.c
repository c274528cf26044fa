/* finding.c: what the doctor finds. */
#include "finding.h"
#include "field.h"
#include "plain.h"
#include "terminal.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void finding_add(json_t *findings, const char *check, const char *result, const char *mend, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	plain_text(text);
	json_t *finding =
		json_pack("{s:s, s:s, s:s, s:s}", "check", check, "result", result, "text", text, "mend", mend);
	if (json_array_append_new(findings, finding) < 0)
		abort();
}

bool findings_failed(const json_t *findings)
{
	size_t index;
	json_t *finding;
	json_array_foreach (findings, index, finding)
		if (strcmp(field_text(finding, "result"), "fail") == 0)
			return true;
	return false;
}

void findings_print(const json_t *findings)
{
	size_t index;
	json_t *finding;
	json_array_foreach (findings, index, finding) {
		const char *result = field_text(finding, "result"), *mend = field_text(finding, "mend");
		printf("%s%-4s%s  %s: %s\n", terminal_colour(result), result, terminal_plain(),
		       field_text(finding, "check"), field_text(finding, "text"));
		if (*mend)
			printf("      mend: %s\n", mend);
	}
}
