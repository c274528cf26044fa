/* restore_stream.h: a stream as the core before this one has left it. */
#ifndef FRAMEBROKER_LEDGER_RESTORE_STREAM_H
#define FRAMEBROKER_LEDGER_RESTORE_STREAM_H
#include "clients/state.h"
#include "memory/memory.h"
#include <jansson.h>

/* Adds the stream that was packed, with clients and memory that are there already; memories: found by their number
 * there, NULL: there is none. -EPROTO with error text: it makes no sense. What was added is freed with the registry. */
typedef struct memory *restore_memory_fn(void *context, uint32_t id);
int restore_stream(struct control *control, const json_t *json, restore_memory_fn *take_memory, void *context);

#endif
