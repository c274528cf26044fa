/* control.c: hostile clients and a hostile worker of the socket server: messages in any order, with any fields, and
 * stores into the memory that they were given. Nothing crashes or leaks, and no descriptor is left. */
#include "base/clock.h"
#include "config/config.h"
#include "fuzz/control_server.h"
#include "fuzz/control_world.h"
#include "fuzz/input.h"
#include "ring/abi.h"
#include "wire/connection.h"
#include <errno.h>
#include <sys/socket.h>

#define STEPS 48
#define PEERS 4 /* the last one is the worker */

struct peer {
	int fd;
	int given[LIMIT_MESSAGE_FDS]; /* with the last generation */
	size_t given_count;
	uint32_t serial;
	uint32_t places[4], place_count; /* the last ones it was told, of reading and of writing */
};

static struct peer peers[PEERS];

/* ---- the peers ---- */

static void drop_given(struct peer *peer)
{
	while (peer->given_count > 0)
		close(peer->given[--peer->given_count]);
}

static void leave(struct peer *peer)
{
	drop_given(peer);
	if (peer->fd > 0)
		close(peer->fd);
	*peer = (struct peer){.fd = -1};
}

static void connect_peer(unsigned number)
{
	struct peer *peer = &peers[number];
	int pair[2];
	leave(peer);
	if (number == PEERS - 1) {
		FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
		peer->fd = pair[0];
		FUZZ_CHECK(control_adopt_worker(control, pair[1], CONTROL_WORKER, 4712) == 0);
		return;
	}
	peer->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (connect(peer->fd, (struct sockaddr *)&control_address, control_address_size) < 0)
		leave(peer);
}

static void send_message(struct peer *peer, const struct wire_message *message)
{
	if (peer->fd >= 0)
		wire_send(peer->fd, message, NULL, 0);
}

static void greet(struct peer *peer)
{
	send_message(peer,
		     &(struct wire_message){
			     .type = WIRE_HELLO, .serial = 1, .protocol = WIRE_PROTOCOL, .abi = RING_ABI, .name = "x"});
}

/* Takes what came, and keeps the descriptors of the last generation. */
static void receive_all(struct peer *peer)
{
	static struct wire_packet packet;
	for (int r = 0; peer->fd >= 0 && r == 0;) {
		r = wire_receive(peer->fd, &packet, true);
		FUZZ_CHECK(r == 0 || r == -EAGAIN || r == -EPIPE); /* the core sends no garbage */
		if (r == -EPIPE)
			leave(peer);
		if (r == 0 && packet.message.place > 0)
			peer->places[peer->place_count++ % 4] = packet.message.place;
		if (r < 0 || packet.fd_count == 0)
			continue;
		drop_given(peer);
		memcpy(peer->given, packet.fds, sizeof packet.fds);
		peer->given_count = packet.fd_count;
	}
}

/* Stores a number somewhere in the control object, a reader's page or the room, where it may. */
static void store(struct peer *peer, struct input *input)
{
	static const uint64_t numbers[] = {
		0, 1, 2, 3, 5, 17, RING_SEQ_MAX, RING_SEQ_MAX + 1, UINT64_MAX - 1, UINT64_MAX, UINT64_C(1) << 40};
	uint8_t which = input_u8(input), number = input_u8(input);
	uint64_t value = number < 11 ? numbers[number] : number < 64 ? input_u64(input) : number;
	off_t offset = input_u16(input) % (RING_PAGE_SIZE / 8) * 8;
	if (number & 128) /* a state, index, turn or work of a small number */
		value = (uint64_t)(number & 15) << 16 | input_u16(input);
	if (peer->given_count > 0 && pwrite(peer->given[which % peer->given_count], &value, sizeof value, offset) < 0)
		return; /* read-only */
}

static const char *const names[] = {"shown", "cam", "pool", "copy", "sound", "new", "new/b", "s.2"};
static const char *const texts[] = {
	"",
	"{" CONTROL_SMALL "}",
	"{" CONTROL_SMALL ", max_writers: 2}",
	"{like: shown}",
	"{like: new}",
	"{like: copy, max_writers: 2}",
	"{\"state\": 1, \"error\": \"no\", \"statistics\": {\"frames\": 1}}",
	"{media: audio, sample_rate: 8000, channels: 2, frame_size: 64}",
};

static struct ring_layout a_layout(struct input *input)
{
	struct ring_layout layout = {.linesize = {64}};
	uint8_t choice = input_u8(input);
	layout.info = (struct fb_stream_info){.media = choice % 2 ? FB_VIDEO : FB_PACKET,
					      .width = 64,
					      .height = 16,
					      .format = "gray",
					      .planes = choice % 2,
					      .plane = {{16, 64, 1, 1}},
					      .slot_bytes = 1024};
	for (unsigned i = 0; i < choice / 64u; i++) {
		uint16_t at = input_u16(input) % (sizeof layout - 4);
		uint32_t value = choice & 32 ? input_u32(input) : input_u8(input);
		memcpy((char *)&layout + at, &value, sizeof value);
	}
	return layout;
}

static void send_made_up(struct peer *peer, struct input *input)
{
	uint8_t name = input_u8(input), text = input_u8(input), numbers = input_u8(input);
	struct ring_layout layout;
	char *any = NULL;
	struct wire_message message = {.type = (enum wire_type)(1 + input_u8(input) % (WIRE_TYPE_END - 1)),
				       .serial = ++peer->serial,
				       .protocol = WIRE_PROTOCOL,
				       .abi = RING_ABI,
				       .place = numbers & 8 ? peer->places[numbers % 4] : numbers % 8,
				       .generation = numbers / 16 % 4,
				       .mode = numbers / 64,
				       .max_held = input_u8(input) % 4,
				       .flags = text / 16 % 8,
				       .count = name / 16,
				       .state = numbers % 7};
	strcpy(message.name, names[name % 8]);
	strcpy(message.kind, name & 8 ? "stream" : "source");
	if (text & 128)
		strcpy(message.group_name, text & 64 ? "a" : "b");
	message.text = any = text & 8 ? input_text(input, input_u8(input)) : strdup(texts[text % 8]);
	message.text_size = strlen(any);
	if (peer == &peers[PEERS - 1] || text == 255) {
		layout = a_layout(input);
		message.layout = &layout;
		message.layout_size = sizeof layout - (text == 254);
	}
	send_message(peer, &message);
	free(any);
}

/* A whole conversation, as it should be: so that there is something to disturb. */
static void say(struct peer *peer, struct wire_message message)
{
	message.serial = ++peer->serial;
	send_message(peer, &message);
	control_server_turn(0);
	receive_all(peer);
}

static uint32_t last_place(const struct peer *peer)
{
	return peer->places[(peer->place_count + 3) % 4];
}

static void write_stream(struct peer *peer, struct input *input)
{
	struct ring_layout layout = a_layout(&(struct input){(const uint8_t[]){1}, 1});
	struct wire_message open = {
		.type = WIRE_WRITER_OPEN, .count = 1, .layout = &layout, .layout_size = sizeof layout};
	uint8_t name = input_u8(input);
	strcpy(open.name, peer == &peers[PEERS - 1] ? "cam" : names[name % 8]);
	open.text = texts[name / 8 % 4];
	open.text_size = strlen(open.text);
	say(peer, open);
	say(peer, (struct wire_message){.type = WIRE_WRITER_READY, .place = last_place(peer)});
}

static void read_stream(struct peer *peer, struct input *input)
{
	struct wire_message open = {.type = WIRE_READER_OPEN, .max_held = 1};
	uint8_t name = input_u8(input);
	strcpy(open.name, names[name % 8]);
	strcpy(open.group_name, name & 8 ? "a" : "");
	open.mode = name / 16 % 3;
	say(peer, open);
	say(peer, (struct wire_message){.type = WIRE_READER_ATTACH, .place = last_place(peer)});
}

/* What the core does by itself. */
static void change_stream(struct input *input)
{
	uint8_t what = input_u8(input), name = input_u8(input);
	const char *stream = names[name % 8];
	struct config_stream *keys = NULL;
	struct config_errors errors = {0};
	switch (what % 6) {
	case 0:
		control_stream_state(control, stream, (enum fb_state)(name / 16 % 6));
		break;
	case 1:
		control_stream_remove(control, stream);
		break;
	case 2:
		control_worker_stop(control, CONTROL_WORKER);
		break;
	case 3:
		control_streams_related(control, stream, names[name / 8 % 8]);
		control_stream_live(control, stream, name & 128);
		break;
	case 4:
		control_stream_like(control, stream, names[name / 8 % 8]);
		break;
	default:
		FUZZ_CHECK(config_stream_from_text(stream, texts[1], NULL, &keys, &errors) == 0);
		control_stream_change(control, stream, &keys->output);
		config_stream_free(keys);
	}
	control_stream_wanted(control, stream);
	control_stream_written(control, stream);
}

/* ---- the steps ---- */

static const int64_t waits_ns[16] = {NS_PER_MS, 60 * NS_PER_MS, 200 * NS_PER_MS, NS_PER_SECOND, 6 * NS_PER_SECOND};

static void step(struct input *input)
{
	uint8_t what = input_u8(input), who = what / 16 % PEERS;
	struct peer *peer = &peers[who];
	switch (what % 16) {
	case 0:
		connect_peer(who);
		break;
	case 1:
		world.uid = input_u8(input) % 2 * 7;
		connect_peer(who);
		greet(peer);
		break;
	case 2:
		leave(peer);
		break;
	case 3: { /* any bytes */
		char *bytes = input_text(input, input_u8(input));
		if (peer->fd >= 0 && *bytes)
			send(peer->fd, bytes, strlen(bytes), MSG_NOSIGNAL);
		free(bytes);
		break;
	}
	case 4:
	case 5:
		control_server_turn(waits_ns[input_u8(input) % 16]);
		break;
	case 6:
		store(peer, input);
		break;
	case 7:
		world.reserve_error = input_u8(input) == 1 ? -ENOSPC : 0;
		world.free_bytes = input_u8(input) == 1 ? 1000 : 64 << 20;
		break;
	case 8:
		receive_all(peer);
		break;
	case 9:
		write_stream(peer, input);
		break;
	case 10:
		read_stream(peer, input);
		break;
	case 11:
		change_stream(input);
		break;
	case 12:
		say(peer, (struct wire_message){.type = WIRE_STATUS});
		break;
	default:
		send_made_up(peer, input);
		if (what & 128) {
			control_server_turn(0);
			receive_all(peer);
		}
	}
}

/* Which broker, then steps. A client and the worker are there from the beginning. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	static bool warm; /* the first run opens what stays open */
	int lowest = input_lowest_fd();
	control_server_start(input_u8(&input));
	for (unsigned i = 0; i < PEERS; i++)
		peers[i].fd = -1;
	for (unsigned i = 0; i < PEERS; i += PEERS - 1) {
		connect_peer(i);
		greet(&peers[i]);
	}
	control_server_turn(0);
	for (unsigned i = 0; i < STEPS && input.left > 0; i++)
		step(&input);
	control_server_turn(NS_PER_SECOND);
	for (unsigned i = 0; i < PEERS; i++)
		leave(&peers[i]);
	control_server_turn(NS_PER_SECOND);
	control_server_end();
	FUZZ_CHECK(!warm || input_lowest_fd() == lowest);
	warm = true;
	return 0;
}
