/* ledger_stream.h: a stream as the next core is to find it, and as it finds it. */
#ifndef FRAMEBROKER_CONTROL_LEDGER_STREAM_H
#define FRAMEBROKER_CONTROL_LEDGER_STREAM_H
#include "clients/state.h"
#include <jansson.h>

/* With its places, groups and writers, and the generations that are ready. NULL: no memory. */
json_t *ledger_pack_stream(const struct stream *stream);

/* Adds the stream that was packed, with clients and memory that are there already; memories: found by their number
 * there, NULL: there is none. -EPROTO with error text: it makes no sense. What was added is freed with the registry. */
typedef struct memory *ledger_memory_fn(void *context, uint32_t id);
int ledger_unpack_stream(struct control *control, const json_t *json, ledger_memory_fn *take_memory, void *context);

#endif
