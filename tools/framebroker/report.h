/* report.h: how the command says that something went wrong: one line on stderr, and the exit status that goes with it.
 */
#ifndef FRAMEBROKER_CLI_REPORT_H
#define FRAMEBROKER_CLI_REPORT_H
#include "exit.h"

/* "framebroker: …"; control characters of the text are replaced, since it may come from elsewhere. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why the library's last call failed with err (a negative errno). Returns the exit status. */
enum exit_status report_failure(int err);

/* Flushes stdout. Returns EXIT_DONE, or EXIT_FAILED after complaining that it could not be written. */
enum exit_status report_written(void);

#endif
