/* admin.h: adding, removing and restarting at run time, and reading the configuration again. */
#ifndef FRAMEBROKER_CORE_ADMIN_H
#define FRAMEBROKER_CORE_ADMIN_H
#include "core/core.h"

/* The hook of control.h: 0, or a negative errno with error text; then nothing has changed. */
int admin_request(void *core, int verb, const char *kind, const char *name, const char *keys);

/* Reads the configuration file again. A broken one changes nothing; all its errors are logged. */
int admin_reload(struct core *core);

#endif
