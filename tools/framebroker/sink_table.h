/* sink_table.h: the sinks of a status, one a line. */
#ifndef FRAMEBROKER_CLI_SINK_TABLE_H
#define FRAMEBROKER_CLI_SINK_TABLE_H
#include <jansson.h>

/* sinks: the status's array. */
void sink_table_print(const json_t *sinks);

#endif
