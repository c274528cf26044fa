/* names.h: a name that is not there is answered with those that are. */
#ifndef FRAMEBROKER_CLI_NAMES_H
#define FRAMEBROKER_CLI_NAMES_H
#include "exit.h"
#include <framebroker.h>
#include <jansson.h>

/* "stream gatee: no such name; there are: gate, gate/small". kind: source, stream … Returns EXIT_NO_NAME. */
enum exit_status names_unknown_in(const json_t *status, const char *kind, const char *name);

/* "gatee: no such name; there are: gate, gate/small, live": sources, streams and sinks. */
enum exit_status names_unknown_anywhere(const json_t *status, const char *name);

/* As names_unknown_in(), for a command that has not read the status yet. */
enum exit_status names_unknown(fb_broker *broker, const char *kind, const char *name);

/* "there are: gate, gate/small", or "there is none". The caller's to free(). */
char *names_there(const json_t *status, const char *kind);

#endif
