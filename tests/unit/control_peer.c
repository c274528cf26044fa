/* control_peer.c: clients without threads: whoever waits for a reply runs the loop. */
#include "control_peer.h"
#include "base/clock.h"
#include "base/fd.h"
#include "control/workers.h"
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_NS (10 * NS_PER_SECOND)

static void greet(struct peer *peer)
{
	struct wire_message hello = {.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL, .abi = RING_ABI, .name = "test"};
	assert_int_equal(peer_call(peer, hello)->type, WIRE_WELCOME);
}

void peer_connect_raw(struct server *server, struct peer *peer)
{
	peer->server = server;
	peer->serial = 0;
	peer->packet.fd_count = 0;
	peer->fd = wire_connect(server->path);
	assert_true(peer->fd >= 0);
}

void peer_connect_as(struct server *server, struct peer *peer, uid_t uid)
{
	assert_int_equal(chmod(server->folder, 0755), 0);
	assert_int_equal(chmod(server->path, 0666), 0);
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setegid(uid), 0); /* what the kernel tells the other side */
	assert_int_equal(seteuid(uid), 0);
	peer_connect_raw(server, peer);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
}

void peer_connect(struct server *server, struct peer *peer)
{
	peer_connect_raw(server, peer);
	greet(peer);
}

void peer_adopt(struct server *server, struct peer *peer, unsigned worker)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*peer = (struct peer){.server = server, .fd = pair[0]};
	assert_int_equal(control_adopt_worker(server->control, pair[1], worker, getpid()), 0);
	greet(peer);
}

void peer_close(struct peer *peer)
{
	wire_packet_clear(&peer->packet);
	fd_close(&peer->fd);
	for (int turn = 0; turn < 2;
	     turn++) /* its end is seen in the first, and what it had is freed at the latest in the second */
		server_turn(peer->server, 2 * NS_PER_MS);
}

uint32_t peer_send(struct peer *peer, struct wire_message message)
{
	message.serial = ++peer->serial;
	assert_int_equal(wire_send(peer->fd, &message, NULL, 0), 0);
	return message.serial;
}

static int receive(struct peer *peer, int64_t patience_ns)
{
	int64_t deadline_ns = clock_deadline(patience_ns);
	int r = -EAGAIN;
	wire_packet_clear(&peer->packet);
	while (r == -EAGAIN && clock_left_ns(deadline_ns) > 0) {
		server_turn(peer->server, NS_PER_MS);
		r = wire_receive(peer->fd, &peer->packet, true);
	}
	return r;
}

const struct wire_message *peer_receive(struct peer *peer)
{
	assert_int_equal(receive(peer, PATIENCE_NS), 0);
	return &peer->packet.message;
}

bool peer_has_nothing(struct peer *peer)
{
	return receive(peer, 30 * NS_PER_MS) == -EAGAIN;
}

bool peer_is_disconnected(struct peer *peer)
{
	return receive(peer, PATIENCE_NS) == -EPIPE;
}

const struct wire_message *peer_call(struct peer *peer, struct wire_message message)
{
	uint32_t serial = peer_send(peer, message);
	const struct wire_message *reply = peer_receive(peer);
	assert_int_equal(reply->serial, serial);
	return reply;
}

void assert_refused(struct peer *peer, struct wire_message message, int err, const char *part)
{
	const struct wire_message *reply = peer_call(peer, message);
	char text[1024];
	assert_int_equal(reply->type, WIRE_ERROR);
	snprintf(text, sizeof text, "%.*s", (int)reply->text_size, reply->text);
	if (reply->error != err || !strstr(text, part))
		fail_msg("error %d (%s) instead of %d (%s)", reply->error, text, err, part);
}

/* ---- readers and writers ---- */

uint32_t open_reader(struct peer *peer, const char *stream, enum fb_mode mode)
{
	struct wire_message open = {.type = WIRE_READER_OPEN, .mode = mode, .max_held = 2};
	snprintf(open.name, sizeof open.name, "%s", stream);
	const struct wire_message *reply = peer_call(peer, open);
	assert_int_equal(reply->type, WIRE_PLACE);
	return reply->place;
}

struct ring_reader *attach_reader(struct peer *peer, uint32_t place, uint32_t done, uint64_t next)
{
	struct wire_message attach = {.type = WIRE_READER_ATTACH, .place = place, .generation = done};
	const struct wire_message *reply = peer_call(peer, attach);
	struct ring_map *map = NULL;
	struct ring_reader *reader = NULL;
	assert_int_equal(reply->type, WIRE_GENERATION);
	assert_true(reply->generation > done);
	assert_int_equal(ring_map_reader(peer->packet.fds, peer->packet.fd_count, reply->count, &map), 0);
	peer->packet.fd_count = 0;
	assert_int_equal(ring_reader_create(map, reply->count, next ? next : reply->position, &reader), 0);
	return reader;
}

static uint32_t open_with(struct peer *peer, struct wire_message open, struct ring_writer **ret_writer)
{
	const struct wire_message *reply = peer_call(peer, open);
	struct ring_map *map = NULL;
	if (reply->type == WIRE_ERROR)
		fail_msg("%.*s", (int)reply->text_size, reply->text);
	assert_int_equal(reply->type, WIRE_GENERATION);
	uint32_t place = reply->place;
	assert_int_equal(ring_map_writer(peer->packet.fds, peer->packet.fd_count, &map), 0);
	peer->packet.fd_count = 0;
	assert_int_equal(ring_writer_create(map, ret_writer), 0);
	struct wire_message ready = {.type = WIRE_WRITER_READY, .place = place};
	assert_int_equal(peer_call(peer, ready)->type, WIRE_DONE);
	return place;
}

uint32_t open_writer(struct peer *peer, const char *stream, const char *create, struct ring_writer **ret_writer)
{
	struct wire_message open = {.type = WIRE_WRITER_OPEN, .text = create, .text_size = create ? strlen(create) : 0};
	snprintf(open.name, sizeof open.name, "%s", stream);
	return open_with(peer, open, ret_writer);
}

struct ring_layout worker_layout(uint32_t width)
{
	struct ring_layout layout = {.linesize = {(int32_t)(width + 63) / 64 * 64}};
	layout.info = (struct fb_stream_info){.media = FB_VIDEO,
					      .width = width,
					      .height = 16,
					      .format = "gray",
					      .frame_rate = {25, 1},
					      .planes = 1,
					      .plane = {{16, width, 1, 1}},
					      .slot_bytes = 16 * (uint64_t)layout.linesize[0]};
	return layout;
}

uint32_t open_worker_writer(struct peer *peer, const char *stream, uint32_t width, struct ring_writer **ret_writer)
{
	struct ring_layout layout = worker_layout(width);
	struct wire_message open = {
		.type = WIRE_WRITER_OPEN, .count = 2, .layout = &layout, .layout_size = sizeof layout};
	snprintf(open.name, sizeof open.name, "%s", stream);
	return open_with(peer, open, ret_writer);
}

uint64_t publish(struct ring_writer *writer)
{
	unsigned slot = 0;
	uint64_t seq = 0;
	assert_int_equal(ring_writer_claim(writer, 0, &slot), 0);
	uint64_t next = ring_writer_map(writer)->control->head + 1;
	memcpy(ring_writer_data(writer, slot), &next, sizeof next);
	assert_int_equal(ring_writer_publish(writer, slot, &(struct ring_meta){0}, NULL, false, &seq), 0);
	assert_int_equal(seq, next);
	return seq;
}

void assert_next(struct ring_reader *reader, uint64_t seq)
{
	struct ring_frame frame;
	int r = 0;
	do /* the state may have changed since */
		r = ring_reader_next(reader, 0, &frame);
	while (r == -EAGAIN);
	assert_int_equal(r, 0);
	assert_int_equal(frame.seq, seq);
	assert_memory_equal(frame.data, &seq, sizeof seq);
	ring_reader_unhold(reader, frame.slot);
}

struct ring_reader *move_on(struct peer *peer, uint32_t place, struct ring_reader *reader)
{
	struct ring_frame frame;
	int r = 0;
	while ((r = ring_reader_next(reader, 0, &frame)) == -EAGAIN)
		continue;
	assert_int_equal(r, -ENODATA);
	uint32_t done = ring_reader_map(reader)->layout.info.generation;
	uint64_t position = ring_reader_position(reader);
	ring_reader_detach(reader);
	ring_reader_unref(reader);
	return attach_reader(peer, place, done, position);
}

void assert_ended(struct peer *peer, uint32_t place, uint32_t done)
{
	const struct wire_message *reply =
		peer_call(peer, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place, .generation = done});
	assert_int_equal(reply->type, WIRE_PENDING);
	assert_int_equal(reply->error, ENODATA);
	assert_int_equal(reply->state, FB_ENDED);
}

/* ---- with the server ---- */

void server_with_source(struct server *server, const char *name, struct peer *worker, struct peer *client)
{
	server_start(server);
	add_stream(server, name, name, false);
	peer_adopt(server, worker, 7);
	peer_connect(server, client);
}

void server_with_stream(struct server *server, const char *name, struct peer *writing, struct peer *reading)
{
	server_start(server);
	add_stream(server, name, NULL, false);
	peer_connect(server, writing);
	peer_connect(server, reading);
}
