/* json.h: a string as JSON that libyaml reads back byte for byte. */
#ifndef FRAMEBROKER_CONFIG_JSON_H
#define FRAMEBROKER_CONFIG_JSON_H
#include <stdio.h>

/* text is UTF-8. */
void json_write_string(FILE *out, const char *text);

#endif
