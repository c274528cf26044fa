/* control_peers.c: see the header. */
#include "fuzz/control_peers.h"
#include "control/workers.h"
#include "fuzz/input.h"
#include "ring/abi.h"
#include <errno.h>
#include <sys/socket.h>

struct peer peers[PEERS];

static void drop_given(struct peer *peer)
{
	while (peer->given_count > 0)
		close(peer->given[--peer->given_count]);
}

void peers_begin(void)
{
	for (unsigned i = 0; i < PEERS; i++)
		peers[i] = (struct peer){.fd = -1};
}

void peers_end(void)
{
	for (unsigned i = 0; i < PEERS; i++)
		peer_leave(&peers[i]);
}

void peer_leave(struct peer *peer)
{
	drop_given(peer);
	if (peer->fd >= 0)
		close(peer->fd);
	*peer = (struct peer){.fd = -1};
}

void peer_connect(struct peer *peer)
{
	int pair[2];
	peer_leave(peer);
	if (peer == &peers[PEER_WORKER]) {
		FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
		peer->fd = pair[0];
		FUZZ_CHECK(control_adopt_worker(control, pair[1], CONTROL_WORKER, 4712) == 0);
		return;
	}
	peer->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (connect(peer->fd, (struct sockaddr *)&control_address, control_address_size) < 0)
		peer_leave(peer);
}

void peer_send(struct peer *peer, const struct wire_message *message)
{
	if (peer->fd >= 0)
		wire_send(peer->fd, message, NULL, 0);
}

void peer_greet(struct peer *peer)
{
	struct wire_message hello = {
		.type = WIRE_HELLO, .serial = 1, .protocol = WIRE_PROTOCOL, .abi = RING_ABI, .name = "x"};
	peer_send(peer, &hello);
}

void peer_receive_all(struct peer *peer)
{
	static struct wire_packet packet;
	for (int r = 0; peer->fd >= 0 && r == 0;) {
		r = wire_receive(peer->fd, &packet, true);
		FUZZ_CHECK(r == 0 || r == -EAGAIN || r == -EPIPE); /* the core sends no garbage */
		if (r == -EPIPE)
			peer_leave(peer);
		if (r == 0 && packet.message.place > 0)
			peer->places[peer->place_count++ % 4] = packet.message.place;
		if (r < 0 || packet.fd_count == 0)
			continue;
		drop_given(peer);
		memcpy(peer->given, packet.fds, sizeof packet.fds);
		peer->given_count = packet.fd_count;
	}
}

void peer_say(struct peer *peer, struct wire_message message)
{
	message.serial = ++peer->serial;
	peer_send(peer, &message);
	control_server_turn(0);
	peer_receive_all(peer);
}

static uint32_t last_place(const struct peer *peer)
{
	return peer->places[(peer->place_count + 3) % 4];
}

struct ring_layout peer_layout(enum fb_media media)
{
	struct ring_layout layout = {.linesize = {64}};
	layout.info = (struct fb_stream_info){.media = media,
					      .width = 64,
					      .height = 16,
					      .format = "gray",
					      .planes = media == FB_VIDEO,
					      .plane = {{16, 64, 1, 1}},
					      .slot_bytes = 1024};
	return layout;
}

void peer_write(struct peer *peer, const char *stream, const char *keys)
{
	struct ring_layout layout = peer_layout(FB_VIDEO);
	struct wire_message open = {.type = WIRE_WRITER_OPEN,
				    .count = 1,
				    .layout = &layout,
				    .layout_size = sizeof layout,
				    .text = keys,
				    .text_size = strlen(keys)};
	strcpy(open.name, stream);
	peer_say(peer, open);
	peer_say(peer, (struct wire_message){.type = WIRE_WRITER_READY, .place = last_place(peer)});
}

void peer_read(struct peer *peer, const char *stream, enum fb_mode mode, const char *group)
{
	struct wire_message open = {.type = WIRE_READER_OPEN, .max_held = 1, .mode = mode};
	strcpy(open.name, stream);
	strcpy(open.group_name, group);
	peer_say(peer, open);
	peer_say(peer, (struct wire_message){.type = WIRE_READER_ATTACH, .place = last_place(peer)});
}
