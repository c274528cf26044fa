/* keys.h: the keys of `add` on the command line: KEY=VALUE words to JSON, or a YAML text from stdin. */
#ifndef FRAMEBROKER_CLI_KEYS_H
#define FRAMEBROKER_CLI_KEYS_H
#include "exit.h"

/* words: count of them, as `url=clip.mp4 outputs.gate/small.width=640`; a dot goes one level down, and the value {} is
 * an empty mapping. Or "-" alone: YAML or JSON from stdin. *ret_keys: free(). Complains of what it cannot read. */
enum exit_status keys_read(char *const *words, int count, char **ret_keys);

#endif
