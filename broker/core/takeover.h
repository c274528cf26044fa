/* takeover.h: goes on where the core before this one stopped. */
#ifndef FRAMEBROKER_CORE_TAKEOVER_H
#define FRAMEBROKER_CORE_TAKEOVER_H
#include "keeper/protocol.h"

struct core;

/* Everything as it was, with the workers that live. A negative errno with error text: the records make no sense, and
 * what this core has now is to be used for nothing. */
int takeover_run(struct core *core, const struct keeper_child *children, size_t child_count);

#endif
