/* restore.c: a core dies, and the records that it has kept are changed before another one takes over. It refuses them,
 * or goes on with clients, streams and rings that are whole. */
#include "base/clock.h"
#include "fuzz/control_peers.h"
#include "fuzz/input.h"
#include "ring/abi.h"
#include <ctype.h>

#define STEPS 12

/* Something of everything: a source that is read by one and by a group, a pool, a stream of a client's, a waiter. */
static void begin(uint8_t choice)
{
	for (unsigned i = 0; i < PEERS; i++) {
		peer_connect(&peers[i]);
		peer_greet(&peers[i]);
	}
	control_server_turn(0);
	peer_read(&peers[0], "cam", FB_LOSSLESS, "");
	peer_write(&peers[PEER_WORKER], "cam", "");
	peer_read(&peers[1], "cam", choice & 1 ? FB_LATEST : FB_ORDERED, "a");
	peer_write(&peers[1], "pool", "");
	peer_write(&peers[2], "pool", "");
	peer_write(&peers[2], "new", "{" CONTROL_SMALL "}");
	if (choice & 2)
		peer_write(&peers[PEER_WORKER], "cam", ""); /* another generation */
	if (choice & 4)
		peer_leave(&peers[1]);
	if (choice & 8)
		peer_say(&peers[0], (struct wire_message){.type = WIRE_EVENTS});
	peer_say(&peers[2], (struct wire_message){.type = WIRE_WAIT, .name = "shown"});
	control_server_turn(choice & 16 ? NS_PER_SECOND : 0);
}

/* ---- what is changed ---- */

/* Puts text in place of the bytes from at to end. */
static void splice(struct control_record *record, size_t at, size_t end, const char *text)
{
	size_t length = strlen(text), size = record->size - (end - at) + length;
	char *blob = malloc(size + 1);
	FUZZ_CHECK(blob);
	memcpy(blob, record->blob, at);
	memcpy(blob + at, text, length);
	memcpy(blob + at + length, record->blob + end, record->size - end);
	free(record->blob);
	record->blob = blob;
	record->size = size;
}

/* Another value for the which'th number, or true and false, of a record in JSON. */
static void change_value(struct control_record *record, unsigned which, const char *value)
{
	size_t starts[512], count = 0;
	for (size_t i = 1; i < record->size && count < 512; i++)
		if (strchr(":[,", record->blob[i - 1]) && (isalnum((unsigned char)record->blob[i])))
			starts[count++] = i;
	if (count == 0)
		return;
	size_t at = starts[which % count], end = at;
	while (end < record->size && (isalnum((unsigned char)record->blob[end]) || record->blob[end] == '-'))
		end++;
	splice(record, at, end, value);
}

static void change_word(struct control_record *record, struct input *input)
{
	uint32_t value = input_u8(input), at = input_u16(input);
	if (value == 255)
		value = input_u32(input);
	if (record->size >= 4)
		memcpy(record->blob + at % (record->size - 3), &value, sizeof value);
}

static void change_record(struct control_record *record, struct input *input)
{
	static const char *const values[] = {"0",
					     "1",
					     "2",
					     "3",
					     "4",
					     "5",
					     "-1",
					     "100",
					     "101",
					     "255",
					     "65535",
					     "4294967295",
					     "4294967296",
					     "9223372036854775807",
					     "281474976710655",
					     "null",
					     "true",
					     "false",
					     "[]",
					     "{}",
					     "\"x\""};
	uint8_t how = input_u8(input);
	bool json = record->size > 0 && record->blob[0] == '{';
	switch (how % 8) {
	case 0:
		record->key += input_u8(input);
		break;
	case 1:
		if (record->fd_count > 0)
			close(record->fds[--record->fd_count]);
		break;
	case 2: /* another object than it should be */
		if (record->fd_count > 1)
			dup2(record->fds[how % record->fd_count], record->fds[how / 8u % record->fd_count]);
		break;
	case 3:
		record->size -= how % (record->size + 1);
		break;
	default:
		if (json)
			change_value(record, input_u16(input), values[input_u8(input) % 21]);
		else
			change_word(record, input);
	}
}

static void spoil(void *context)
{
	struct input *input = context;
	for (unsigned i = input_u8(input) % 8; i > 0 && control_kept_count > 0; i--)
		change_record(&control_kept[input_u8(input) % control_kept_count], input);
}

/* ---- and then ---- */

static void go_on(struct input *input)
{
	for (unsigned i = 0; i < STEPS && input->left > 0; i++) {
		uint8_t what = input_u8(input);
		struct peer *peer = &peers[what / 8 % PEERS];
		switch (what % 8) {
		case 0:
			peer_leave(peer);
			break;
		case 1:
			control_server_turn(NS_PER_SECOND);
			break;
		case 2:
			control_server_turn(11 * NS_PER_SECOND);
			break;
		case 3:
			peer_say(peer, (struct wire_message){.type = WIRE_STATUS});
			break;
		case 4:
			peer_read(peer, what & 64 ? "cam" : "pool", (enum fb_mode)(what % 3), what & 128 ? "a" : "");
			break;
		case 5:
			peer_write(peer, what & 64 ? "cam" : "new", "");
			break;
		case 6:
			peer_say(peer, (struct wire_message){.type = what & 64 ? WIRE_WRITER_CLOSE : WIRE_READER_CLOSE,
							     .place = peer->places[what / 128]});
			break;
		default:
			peer_say(peer, (struct wire_message){.type = WIRE_READER_ATTACH,
							     .place = peer->places[what / 64],
							     .generation = 1,
							     .flags = WIRE_AGAIN});
		}
	}
}

/* How it was, what is changed of that, and what comes then; in the end another core takes over once more. What nobody
 * has changed is not refused. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool warm; /* the first run opens what stays open */
	struct input input = {data, size}, nothing = {data, 0};
	bool changed = size > 1 && data[1] % 8 > 0;
	int lowest = input_lowest_fd();
	uint8_t choice = input_u8(&input);
	control_server_start(choice % 2 * 2);
	peers_begin();
	begin(choice / 2);
	bool good = control_server_replace(choice % 2 * 2, spoil, &input);
	FUZZ_CHECK(good || changed);
	if (good) {
		control_server_turn(0);
		go_on(&input);
		good = control_server_replace(choice % 2 * 2, spoil, &nothing);
		FUZZ_CHECK(good || changed);
	}
	peers_end();
	if (good) /* of a core that has refused, nothing is used */
		control_server_turn(NS_PER_SECOND);
	control_server_end();
	control_server_forget();
	FUZZ_CHECK(!warm || input_lowest_fd() == lowest);
	warm = true;
	return 0;
}
