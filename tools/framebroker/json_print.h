/* json_print.h: JSON for programs, on stdout. */
#ifndef FRAMEBROKER_CLI_JSON_PRINT_H
#define FRAMEBROKER_CLI_JSON_PRINT_H
#include "exit.h"
#include <jansson.h>

/* Indented and ended by a newline. Takes the reference over; NULL is for what ran out of memory. */
enum exit_status json_print(json_t *json);

#endif
