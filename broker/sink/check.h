/* check.h: framebroker-sink --check: what is wrong with a sink's keys that only FFmpeg knows, found before anything is
 * opened. */
#ifndef FRAMEBROKER_SINK_CHECK_H
#define FRAMEBROKER_SINK_CHECK_H
#include <stdio.h>

/* Reads one sink a line, as config_sink_to_text() writes them, and says what is wrong on stderr, a line each. Returns
 * how many are wrong. */
unsigned check_sinks(FILE *in);

#endif
