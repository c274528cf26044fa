/* client_world.h: time for the client library, made up: it passes where the library would sleep, and there the other
 * side acts. client_world.c is linked in place of base/clock.c and ring/wake.c, and of poll() and clock_nanosleep()
 * (--wrap). */
#ifndef FRAMEBROKER_TESTS_FUZZ_CLIENT_WORLD_H
#define FRAMEBROKER_TESTS_FUZZ_CLIENT_WORLD_H
#include <stdbool.h>
#include <stdint.h>

extern int64_t client_world_now_ns;

/* The target's: called where the library would sleep. False: nothing happens until the sleep is over. */
bool client_world_act(void);

#endif
