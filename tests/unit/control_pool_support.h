/* control_pool_support.h: a stream that two programs write, one that groups read, and a client that reads both. */
#ifndef FRAMEBROKER_TESTS_CONTROL_POOL_SUPPORT_H
#define FRAMEBROKER_TESTS_CONTROL_POOL_SUPPORT_H
#include "base/clock.h"
#include "control_peer.h"

#define MEMBERS 2
#define REORDER_NS (100 * NS_PER_MS)

extern const struct wire_message open_out;
extern struct peer reading;

void server_with_pool(struct server *server);

/* A member joins, in one step or when its reply has come, and leaves. */
struct ring_writer *join(struct peer *peer, uint32_t *ret_place);
struct ring_writer *join_from_reply(struct peer *peer);
void leave(struct peer *peer, uint32_t place, struct ring_writer *writer, uint32_t flags);

unsigned claim(struct ring_writer *writer, uint64_t ticket);
int show(struct ring_writer *writer, unsigned slot, int64_t pts_ns, uint64_t *ret_seq);

/* The reader's next frame, once the server has done what it does; and that it is this one. */
struct ring_frame wait_next(struct server *server, struct ring_reader *reader);
void assert_result(struct server *server, struct ring_reader *reader, uint64_t seq, int64_t pts_ns);

#endif
