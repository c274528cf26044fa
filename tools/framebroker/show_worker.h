/* show_worker.h: what sources and sinks have in common, for people. */
#ifndef FRAMEBROKER_CLI_SHOW_WORKER_H
#define FRAMEBROKER_CLI_SHOW_WORKER_H
#include <jansson.h>

/* "source gate", its url and its state: the first lines. */
void show_worker_head(const json_t *entry, const char *kind);

/* Its error, its statistics, the last lines of a worker that died. */
void show_worker_tail(const json_t *entry);

#endif
