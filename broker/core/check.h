/* check.h: framebrokerd --check: what is wrong with a configuration, or the memory that its streams take. */
#ifndef FRAMEBROKER_CORE_CHECK_H
#define FRAMEBROKER_CORE_CHECK_H
#include "config/config.h"

/* Reads the file. Errors go to standard error, what is good to standard output. Returns the exit status. */
int check_file(const char *path);

/* A line for each error. */
void check_print_errors(const struct config_errors *errors);

#endif
