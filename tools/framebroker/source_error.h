/* source_error.h: what is wrong with a source, in one line with the mend. */
#ifndef FRAMEBROKER_CLI_SOURCE_ERROR_H
#define FRAMEBROKER_CLI_SOURCE_ERROR_H
#include <jansson.h>

/* "connection refused; is the camera on? (12 s ago)"; NULL while nothing is wrong. The caller's to free(). */
char *source_error(const json_t *source);

#endif
