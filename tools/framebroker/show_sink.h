/* show_sink.h: all about one sink, for people. */
#ifndef FRAMEBROKER_CLI_SHOW_SINK_H
#define FRAMEBROKER_CLI_SHOW_SINK_H
#include <jansson.h>

/* sink: its entry of the status. */
void show_sink(const json_t *sink);

#endif
