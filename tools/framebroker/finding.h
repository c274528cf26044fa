/* finding.h: what the doctor finds: a list of results, each with a sentence and, where it is not ok, how to mend it. */
#ifndef FRAMEBROKER_CLI_FINDING_H
#define FRAMEBROKER_CLI_FINDING_H
#include <jansson.h>
#include <stdbool.h>

/* Appends {"check", "result", "text", "mend"} to findings. result: ok, warn or fail; mend: "" where there is nothing
 * to. */
void finding_add(json_t *findings, const char *check, const char *result, const char *mend, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

bool findings_failed(const json_t *findings);

/* For people. */
void findings_print(const json_t *findings);

#endif
