/* json_print.c: JSON for programs, on stdout. */
#include "json_print.h"
#include "report.h"
#include <stdio.h>

enum exit_status json_print(json_t *json)
{
	int err = json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	json_decref(json);
	putchar('\n');
	enum exit_status written = report_written();
	if (err == 0 || written != EXIT_DONE)
		return written;
	complain("cannot write the answer as JSON: out of memory?");
	return EXIT_FAILED;
}
