/* plain.h: text from elsewhere (a client's command line, a server's answer) must not send escape codes to a terminal.
 */
#ifndef FRAMEBROKER_CLI_PLAIN_H
#define FRAMEBROKER_CLI_PLAIN_H
#include <jansson.h>

/* Replaces control characters (C0, DEL, C1 in UTF-8) by '?'. */
void plain_text(char *text);

/* The same for every string value inside. */
void plain_json(json_t *json);

#endif
