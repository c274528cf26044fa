/* control_world.h: what the socket server meets outside of itself, made up: time, who a client is, and memory to
 * reserve. control_world.c is linked in place of base/clock.c and of control's identity.c, reserve.c and available.c.
 */
#ifndef FRAMEBROKER_TESTS_FUZZ_CONTROL_WORLD_H
#define FRAMEBROKER_TESTS_FUZZ_CONTROL_WORLD_H
#include <stdint.h>
#include <sys/types.h>

struct control_world {
	int64_t now_ns; /* moves to the next timer wherever the loop would wait */
	uid_t uid;      /* of who connects now */
	uint64_t free_bytes;
	int reserve_error; /* how reserving memory ends */
};

extern struct control_world world;

#endif
