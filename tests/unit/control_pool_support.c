/* control_pool_support.c: see the header. */
#include "control_pool_support.h"
#include "base/clock.h"
#include "ring/pool.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TURNS 200 /* of the server, at most, until something has happened */

const struct wire_message open_out = {.type = WIRE_WRITER_OPEN, .name = "out"};
struct peer reading;

void server_with_pool(struct server *server)
{
	server_start(server);
	add_stream(server, "in", NULL, false);
	add_stream(server, "out", NULL, false);
	control_stream_pool(server->control, "out", MEMBERS, REORDER_NS);
	peer_connect(server, &reading);
}

struct ring_writer *join_from_reply(struct peer *peer)
{
	struct ring_map *map = NULL;
	struct ring_writer *writer = NULL;
	const struct wire_message *reply = &peer->packet.message;
	assert_int_equal(reply->type, WIRE_GENERATION);
	struct wire_message ready = {.type = WIRE_WRITER_READY, .place = reply->place};
	assert_int_equal(ring_map_writer(peer->packet.fds, peer->packet.fd_count, &map), 0);
	peer->packet.fd_count = 0;
	assert_int_equal(ring_pool_join(map, reply->count, &writer), 0);
	assert_int_equal(peer_call(peer, ready)->type, WIRE_DONE);
	return writer;
}

struct ring_writer *join(struct peer *peer, uint32_t *ret_place)
{
	*ret_place = peer_call(peer, open_out)->place;
	return join_from_reply(peer);
}

void leave(struct peer *peer, uint32_t place, struct ring_writer *writer, uint32_t flags)
{
	struct wire_message close = {.type = WIRE_WRITER_CLOSE, .place = place, .flags = flags};
	assert_int_equal(peer_call(peer, close)->type, WIRE_DONE);
	ring_writer_destroy(writer);
}

unsigned claim(struct ring_writer *writer, uint64_t ticket)
{
	unsigned slot = 0;
	assert_int_equal(ring_pool_claim(writer, ticket, 0, &slot), 0);
	return slot;
}

int show(struct ring_writer *writer, unsigned slot, int64_t pts_ns, uint64_t *ret_seq)
{
	struct ring_meta meta = {.pts_ns = pts_ns};
	return ring_pool_publish(writer, slot, &meta, NULL, ret_seq);
}

/* The reader's next frame, once the server has done what it does. */
struct ring_frame wait_next(struct server *server, struct ring_reader *reader)
{
	struct ring_frame frame;
	int r = -ETIMEDOUT;
	for (int turns = 0; r == -ETIMEDOUT && turns < TURNS; turns++) {
		r = ring_reader_next(reader, 0, &frame);
		if (r != 0)
			server_turn(server, 20 * NS_PER_MS);
	}
	assert_int_equal(r, 0);
	return frame;
}

void assert_result(struct server *server, struct ring_reader *reader, uint64_t seq, int64_t pts_ns)
{
	struct ring_frame frame = wait_next(server, reader);
	assert_int_equal(frame.seq, seq);
	assert_int_equal(frame.meta.pts_ns, pts_ns);
	ring_reader_unhold(reader, frame.slot);
}
