/* plan_inputs.h: which streams a sink reads and makes, and whether it can. */
#ifndef FRAMEBROKER_CORE_PLAN_INPUTS_H
#define FRAMEBROKER_CORE_PLAN_INPUTS_H
#include "core/plan.h"

/* What was perhaps meant by the name of a stream that nobody declares; NULL: nothing is near. */
const char *plan_nearest_stream(const struct plan *plan, const char *name);

/* Names the stream that the sink makes of its packets, where it has preroll or runs on demand. */
void plan_name_packets(const struct plan *plan, struct plan_sink *sink);

/* Fills what the sink reads, once all sources and streams are in the plan, and those of sinks have names. For codec:
 * copy the source gets an output of packets where it has none. */
void plan_resolve_sink(struct plan *plan, struct plan_sink *sink);

#endif
