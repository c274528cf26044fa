/* load.h: the configuration that a core begins with, and what it leaves to the next one of it. */
#ifndef FRAMEBROKER_CORE_LOAD_H
#define FRAMEBROKER_CORE_LOAD_H
#include "core/core.h"

/* Reads the file and the run-time entries. A file with errors is no end for what a core before this one left running:
 * then the configuration of that core goes on, and file_errors tells why. Other errors are printed. */
int load_begin(struct core *core);

/* Reads the file again, and keeps it for the next core. On errors, which are logged, the old configuration stays. */
int load_again(struct core *core);

/* Logs why the file does not count. */
void load_tell(const struct core *core);

/* Leaves what is in force to the next core. */
void load_keep(struct core *core);

#endif
