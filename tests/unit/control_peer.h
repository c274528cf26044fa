/* control_peer.h: clients of the server that speak the protocol by hand. */
#ifndef FRAMEBROKER_TESTS_CONTROL_PEER_H
#define FRAMEBROKER_TESTS_CONTROL_PEER_H
#include "control_support.h"
#include "ring/reader.h"
#include "ring/writer.h"
#include "wire/connection.h"
#include <sys/types.h>

struct peer { /* a client */
	struct server *server;
	int fd;
	uint32_t serial;
	struct wire_packet packet; /* received last */
};

void peer_connect(struct server *server, struct peer *peer); /* and HELLO */
void peer_connect_raw(struct server *server, struct peer *peer);
void peer_connect_as(struct server *server, struct peer *peer, uid_t uid);  /* not yet HELLO; as root only */
void peer_adopt(struct server *server, struct peer *peer, unsigned worker); /* a worker, and HELLO */
void peer_close(struct peer *peer);                                         /* and the server has noticed */

/* Sends, and gives the next packet, which must come, in peer->packet. */
const struct wire_message *peer_call(struct peer *peer, struct wire_message message);
const struct wire_message *peer_receive(struct peer *peer);
uint32_t peer_send(struct peer *peer, struct wire_message message);
bool peer_has_nothing(struct peer *peer); /* after the server had time */
bool peer_is_disconnected(struct peer *peer);

/* The reply must be an ERROR with that errno, and its text have that part. */
void assert_refused(struct peer *peer, struct wire_message message, int err, const char *part);

/* Opening by hand; all must succeed. */
uint32_t open_reader(struct peer *peer, const char *stream, enum fb_mode mode);
struct ring_reader *attach_reader(struct peer *peer, uint32_t place, uint32_t done, uint64_t next);
uint32_t open_writer(struct peer *peer, const char *stream, const char *create, struct ring_writer **ret_writer);
uint32_t open_worker_writer(struct peer *peer, const char *stream, uint32_t width, struct ring_writer **ret_writer);
struct ring_layout worker_layout(uint32_t width); /* gray, as a worker proposes it */

/* Publishes a frame that begins with its own number. */
uint64_t publish(struct ring_writer *writer);

/* The reader's next frame is that one, at once, and let go. */
void assert_next(struct ring_reader *reader, uint64_t seq);

/* Nothing is left of the generation: goes on in the next one. */
struct ring_reader *move_on(struct peer *peer, uint32_t place, struct ring_reader *reader);

/* There is nothing after generation done. */
void assert_ended(struct peer *peer, uint32_t place, uint32_t done);

/* Starts the server with the stream of a source, its worker and a client; with a stream that programs write, and two
 * clients.
 */
void server_with_source(struct server *server, const char *name, struct peer *worker, struct peer *client);
void server_with_stream(struct server *server, const char *name, struct peer *writing, struct peer *reading);

#endif
