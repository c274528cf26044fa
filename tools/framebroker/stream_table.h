/* stream_table.h: the streams of a status, one a line. */
#ifndef FRAMEBROKER_CLI_STREAM_TABLE_H
#define FRAMEBROKER_CLI_STREAM_TABLE_H
#include <jansson.h>

/* streams: the status's array. */
void stream_table_print(const json_t *streams);

#endif
