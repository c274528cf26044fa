/* ledger_stream.h: a stream as the next core is to find it. */
#ifndef FRAMEBROKER_LEDGER_LEDGER_STREAM_H
#define FRAMEBROKER_LEDGER_LEDGER_STREAM_H
#include "registry/stream.h"
#include <jansson.h>

/* With its places, groups and writers, and the generations that are ready. NULL: no memory. */
json_t *ledger_pack_stream(const struct stream *stream);

#endif
