/* ask_workers.h: framebrokerd --check asks the worker programs about names that only FFmpeg knows. */
#ifndef FRAMEBROKER_CORE_ASK_WORKERS_H
#define FRAMEBROKER_CORE_ASK_WORKERS_H
#include "config/config.h"

/* Runs framebroker-source --check on the enabled sources; it says what is wrong on stderr. Returns whether all is well,
 * or nobody could be asked, which is said too. */
bool ask_source_worker(const struct config *config);

#endif
