/* error.h: a negative errno, and beside it this thread's sentence on what failed, where, and how to mend it. */
#ifndef FRAMEBROKER_BASE_ERROR_H
#define FRAMEBROKER_BASE_ERROR_H
#include <stdarg.h>

#define ERROR_TEXT_SIZE 4096 /* of a configuration that is wrong in several places, a line each */

/* Stores the sentence for error_text() and returns -err; err may have either sign. Use: return error_set(ENOENT, "…").
 */
int error_set(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As error_set(), with ": <strerror>" added, and how to mend it where that says it for all. */
int error_set_errno(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* This thread's last sentence; "" when there was none. Valid until the thread's next error_set. */
const char *error_text(void);

void error_clear(void);

#endif
