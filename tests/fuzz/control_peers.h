/* control_peers.h: clients and a worker of the server in control_server.h, one step at a time. */
#ifndef FRAMEBROKER_TESTS_FUZZ_CONTROL_PEERS_H
#define FRAMEBROKER_TESTS_FUZZ_CONTROL_PEERS_H
#include "fuzz/control_server.h"
#include "ring/layout.h"
#include "wire/connection.h"

#define PEERS 4
#define PEER_WORKER (PEERS - 1)

struct peer {
	int fd;                       /* -1: not connected */
	int given[LIMIT_MESSAGE_FDS]; /* with the last generation */
	size_t given_count;
	uint32_t serial;
	uint32_t places[4], place_count; /* the last ones it was told, of reading and of writing */
};

extern struct peer peers[PEERS];

void peers_begin(void); /* nobody is connected */
void peers_end(void);

void peer_connect(struct peer *peer);
void peer_leave(struct peer *peer);

void peer_send(struct peer *peer, const struct wire_message *message);
void peer_greet(struct peer *peer);

/* Takes what came, and keeps the descriptors of the last generation. */
void peer_receive_all(struct peer *peer);

/* Whole conversations, as they should be: so that there is something to disturb. */
void peer_say(struct peer *peer, struct wire_message message);
void peer_write(struct peer *peer, const char *stream, const char *keys);
void peer_read(struct peer *peer, const char *stream, enum fb_mode mode, const char *group);

/* Gray, 64 x 16; or packets. */
struct ring_layout peer_layout(enum fb_media media);

#endif
