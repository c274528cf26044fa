/* control_support.h: a socket server in this process and clients of it that speak the protocol by hand. */
#ifndef FRAMEBROKER_TESTS_CONTROL_SUPPORT_H
#define FRAMEBROKER_TESTS_CONTROL_SUPPORT_H
#include "config/broker.h"
#include "config/output.h"
#include "control/control.h"
#include "control/declared.h"
#include "control/workers.h"
#include "ring/reader.h"
#include "ring/writer.h"
#include "wire/connection.h"

#define SERVER_RECORDS 1200

struct server {
	struct loop *loop;
	struct control *control;
	struct config_broker config; /* may be changed before server_start() */
	char folder[64], path[96];
	struct loop_timer *stop;
	int fds_before;
	bool keeps; /* set before server_start(): there are records for the next one */
	struct control_record records[SERVER_RECORDS]; /* kept for the next core */
	size_t record_count;
	int listening;
	/* what the hooks were told */
	char demand[256];  /* "gate+ gate- " */
	char written[256]; /* "gate gate " */
	unsigned workers_gone;
	unsigned reports;
	enum fb_state reported;
	char report[256];
	int admin_error;
	char admin[256];
};

/* cmocka's setup and teardown; teardown fails where a descriptor was not closed. */
int server_setup(void **state);
int server_teardown(void **state);
void server_start(struct server *server); /* memory: memfd, everything allowed to this user */

/* The server dies, and another one has its records, or those. What its restoring returns; after a failure it has
 * nothing.
 */
int server_replace(struct server *server, struct control_record *records, size_t count);

/* Lets the server work for so long. */
void server_turn(struct server *server, int64_t ns);

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

void add_stream(struct server *server, const char *name, const char *source, bool live);

/* Starts it with the stream of a source, its worker and a client; with a stream that programs write, and two clients.
 */
void server_with_source(struct server *server, const char *name, struct peer *worker, struct peer *client);
void server_with_stream(struct server *server, const char *name, struct peer *writing, struct peer *reading);

/* Defaults with depth and spare 4; for schema_clear(&schema_output, …). */
void make_output(const char *name, struct config_output *ret_output);

int count_fds(void);

#endif
