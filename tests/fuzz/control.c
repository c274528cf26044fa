/* control.c: hostile clients and a hostile worker of the socket server: messages in any order, with any fields, and
 * stores into the memory that they were given. Nothing crashes or leaks, and no descriptor is left. */
#include "base/clock.h"
#include "config/config.h"
#include "control/declared.h"
#include "control/workers.h"
#include "fuzz/control_peers.h"
#include "fuzz/control_world.h"
#include "fuzz/input.h"
#include "ring/abi.h"
#include <errno.h>
#include <sys/socket.h>

#define STEPS 48

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
	uint8_t choice = input_u8(input);
	struct ring_layout layout = peer_layout(choice % 2 ? FB_VIDEO : FB_PACKET);
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
	if (peer == &peers[PEER_WORKER] || text == 255) {
		layout = a_layout(input);
		message.layout = &layout;
		message.layout_size = sizeof layout - (text == 254);
	}
	peer_send(peer, &message);
	free(any);
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
	uint8_t name, what = input_u8(input), who = what / 16 % PEERS;
	struct peer *peer = &peers[who];
	switch (what % 16) {
	case 0:
		peer_connect(peer);
		break;
	case 1:
		world.uid = input_u8(input) % 2 * 7;
		peer_connect(peer);
		peer_greet(peer);
		break;
	case 2:
		peer_leave(peer);
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
		peer_receive_all(peer);
		break;
	case 9:
		name = input_u8(input);
		peer_write(peer, peer == &peers[PEER_WORKER] ? "cam" : names[name % 8], texts[name / 8 % 4]);
		break;
	case 10:
		name = input_u8(input);
		peer_read(peer, names[name % 8], (enum fb_mode)(name / 16 % 3), name & 8 ? "a" : "");
		break;
	case 11:
		change_stream(input);
		break;
	case 12:
		peer_say(peer, (struct wire_message){.type = WIRE_STATUS});
		break;
	default:
		send_made_up(peer, input);
		if (what & 128) {
			control_server_turn(0);
			peer_receive_all(peer);
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
	peers_begin();
	for (unsigned i = 0; i < PEERS; i += PEER_WORKER) {
		peer_connect(&peers[i]);
		peer_greet(&peers[i]);
	}
	control_server_turn(0);
	for (unsigned i = 0; i < STEPS && input.left > 0; i++)
		step(&input);
	control_server_turn(NS_PER_SECOND);
	peers_end();
	control_server_turn(NS_PER_SECOND);
	control_server_end();
	control_server_forget();
	FUZZ_CHECK(!warm || input_lowest_fd() == lowest);
	warm = true;
	return 0;
}
