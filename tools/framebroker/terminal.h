/* terminal.h: what stdout is: whether colours make sense, and how wide it is. */
#ifndef FRAMEBROKER_CLI_TERMINAL_H
#define FRAMEBROKER_CLI_TERMINAL_H
#include <stddef.h>

/* Columns of the terminal; SIZE_MAX where stdout is none. */
size_t terminal_width(void);

/* The escape sequence that colours a state (live, lost …) or a result (ok, warn, fail); "" where stdout takes no
 * colours. */
const char *terminal_colour(const char *word);

/* Ends what terminal_colour() began; "" likewise. */
const char *terminal_plain(void);

#endif
