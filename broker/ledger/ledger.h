/* ledger.h: what the next core needs to go on where this one dies, kept by the keeper: each client with its socket,
 * each stream, and the objects of each generation that is ready.
 *
 * Whatever changes them marks them; before any message leaves, and once in each turn of the loop, what is marked is
 * kept. So nobody has heard of anything that the next core does not know. */
#ifndef FRAMEBROKER_LEDGER_LEDGER_H
#define FRAMEBROKER_LEDGER_LEDGER_H
#include "clients/state.h"

/* Keeps what has changed, and drops what is gone. */
void ledger_flush(struct control *control);

#endif
