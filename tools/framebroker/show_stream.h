/* show_stream.h: all about one stream, for people. */
#ifndef FRAMEBROKER_CLI_SHOW_STREAM_H
#define FRAMEBROKER_CLI_SHOW_STREAM_H
#include <jansson.h>

/* stream: its entry of the status. */
void show_stream(const json_t *stream);

#endif
