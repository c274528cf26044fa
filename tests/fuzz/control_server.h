/* control_server.h: the socket server of a core that has five streams, in this process and in made-up time. */
#ifndef FRAMEBROKER_TESTS_FUZZ_CONTROL_SERVER_H
#define FRAMEBROKER_TESTS_FUZZ_CONTROL_SERVER_H
#include "control/control.h"
#include <sys/socket.h>
#include <sys/un.h>

#define CONTROL_WORKER 7 /* writes "cam"; programs write "shown", "pool", "copy" (like cam) and "sound" */
#define CONTROL_SMALL "pixel_format: gray, width: 64, height: 16, depth: 2, spare: 2, max_readers: 4, max_held: 2"

extern struct control *control;
extern struct sockaddr_un control_address; /* where it listens */
extern socklen_t control_address_size;

/* choice: which configuration. */
void control_server_start(unsigned choice);
void control_server_end(void);

/* What it has kept for the next core; forgotten in the end. */
#define CONTROL_KEPT 64
extern struct control_record control_kept[CONTROL_KEPT];
extern size_t control_kept_count;
void control_server_forget(void);

/* The core dies, spoil(context) changes what it has kept, and another one takes over. False: it refused to. */
bool control_server_replace(unsigned choice, void (*spoil)(void *), void *context);

/* Works off what is there now, and lets so much time pass, of a long one most without a turn. */
void control_server_turn(int64_t ns);

#endif
