/* client_core.h: the other side of a client library: a core, or what says it is one, that answers as the fuzzer's bytes
 * tell it, with rings that change while they are read and written. */
#ifndef FRAMEBROKER_TESTS_FUZZ_CLIENT_CORE_H
#define FRAMEBROKER_TESTS_FUZZ_CLIENT_CORE_H
#include "fuzz/input.h"

/* Begins a connection; its answers come from input. Returns the client's socket, which is the client's to close. */
int client_core_begin(struct input *input);
void client_core_end(void);

#endif
