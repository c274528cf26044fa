/* session.h: one connection to the broker, and its status, read. Failures are reported where they happen. */
#ifndef FRAMEBROKER_CLI_SESSION_H
#define FRAMEBROKER_CLI_SESSION_H
#include "exit.h"
#include "options.h"
#include <framebroker.h>
#include <jansson.h>

#define SESSION_CONNECT_NS INT64_C(2000000000) /* long enough for a broker that is being restarted */

/* Waits for the broker: as long as --timeout says, else 2 s. On EXIT_DONE, *ret_broker is for fb_close(). */
enum exit_status session_open(const struct options *options, fb_broker **ret_broker);

/* The status (docs/protocol.md) as one JSON object, the caller's to json_decref(). */
enum exit_status session_status(fb_broker *broker, json_t **ret_status);

/* Both in one go, for commands that only show things. */
enum exit_status session_read_status(const struct options *options, json_t **ret_status);

#endif
