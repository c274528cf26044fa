/* json_memory.h: whether Jansson had the memory that it asked for. What it builds without is not complete, and does not
 * tell. One thread. */
#ifndef FRAMEBROKER_JSON_JSON_MEMORY_H
#define FRAMEBROKER_JSON_JSON_MEMORY_H
#include <stdbool.h>

/* Before the building of something. */
void json_memory_watch(void);

/* After it: something is missing. */
bool json_memory_lacked(void);

#endif
