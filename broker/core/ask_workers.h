/* ask_workers.h: framebrokerd --check asks the worker programs about names that only FFmpeg knows. */
#ifndef FRAMEBROKER_CORE_ASK_WORKERS_H
#define FRAMEBROKER_CORE_ASK_WORKERS_H
#include "config/config.h"

/* Runs framebroker-source --check and framebroker-sink --check on what is enabled; they say what is wrong on stderr.
 * Returns whether all is well, or nobody could be asked, which is said too. */
bool ask_workers(const struct config *config);

#endif
