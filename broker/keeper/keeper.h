/* keeper.h: what outlives the core: its lock and listening socket, and every process of the broker as a child. */
#ifndef FRAMEBROKER_KEEPER_KEEPER_H
#define FRAMEBROKER_KEEPER_KEEPER_H
#include "keeper/options.h"

/* Runs the broker until it is told to end. Returns the exit status. The caller has blocked no signals and has no
 * children. */
int keeper_run(const struct keeper_options *options);

#endif
