/* entry_error.h: what is wrong with a source or sink, in one line with the mend. */
#ifndef FRAMEBROKER_CLI_ENTRY_ERROR_H
#define FRAMEBROKER_CLI_ENTRY_ERROR_H
#include <jansson.h>

/* "connection refused; is the camera on? (12 s ago)"; NULL while nothing is wrong. The caller's to free(). */
char *entry_error(const json_t *entry);

/* A line for each of an array's entries that has an error, as "source gate: …". */
void entry_errors_print(const json_t *entries, const char *kind);

#endif
