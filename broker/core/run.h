/* run.h: framebroker-core from its beginning to its end. */
#ifndef FRAMEBROKER_CORE_RUN_H
#define FRAMEBROKER_CORE_RUN_H
#include "core/options.h"

/* Runs until the keeper says stop. Returns the exit status. */
int core_run(const struct core_options *options);

#endif
