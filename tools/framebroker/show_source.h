/* show_source.h: all about one source, for people. */
#ifndef FRAMEBROKER_CLI_SHOW_SOURCE_H
#define FRAMEBROKER_CLI_SHOW_SOURCE_H
#include <jansson.h>

/* source: its entry of the status. */
void show_source(const json_t *source);

#endif
