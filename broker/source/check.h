/* check.h: framebroker-source --check: names in the keys that FFmpeg does not know, found before anything is opened. */
#ifndef FRAMEBROKER_SOURCE_CHECK_H
#define FRAMEBROKER_SOURCE_CHECK_H
#include <stdio.h>

/* Reads one source a line, as config_source_to_text() writes them, and says what is wrong on stderr, a line each.
 * Returns how many are wrong. */
unsigned check_sources(FILE *in);

#endif
