/* client_core.c: see the header. The library meets it where it would wait (client_world_act). */
#include "fuzz/client_core.h"
#include "fuzz/client_world.h"
#include "fuzz/ring_memory.h"
#include "support/ring_fixture.h"
#include "wire/connection.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define ACTS 200 /* then it hangs up: a worker waits for its core as long as that is there */
#define RINGS 4
#define READERS RING_MEMORY_READERS

static struct ring {
	struct ring_fixture fixture;
	struct ring_memory memory; /* its words, as ring_memory_poke() wants them */
} rings[RINGS];

static struct input *input;
static int core = -1;
static unsigned acts, generation;
static uint32_t last_serial;

/* ---- rings ---- */

static void make_ring(struct ring *ring, unsigned kind)
{
	struct ring_layout layout = ring_fixture_layout(kind == 2 ? 9 : 6, READERS);
	if (kind == 1)
		layout = ring_fixture_packet_layout(6, READERS);
	if (kind == 2)
		layout.max_writers = 3;
	if (kind == 3) {
		layout.info.media = FB_AUDIO;
		layout.info.sample_rate = 8000;
		layout.info.channels = 1;
	}
	ring_fixture_create(&ring->fixture, &layout);
	struct ring_sizes sizes = ring_layout_sizes(&layout);
	uint8_t *control = (uint8_t *)ring->fixture.control;
	ring->memory.roster = ring->fixture.roster;
	ring->memory.map = (struct ring_map){.layout = layout,
					     .sizes = sizes,
					     .control = ring->fixture.control,
					     .state = (_Atomic uint64_t *)(control + sizes.state_offset),
					     .index = (_Atomic uint64_t *)(control + sizes.index_offset),
					     .meta = (struct ring_meta *)(control + sizes.meta_offset),
					     .turns = (_Atomic uint64_t *)(control + sizes.turns_offset),
					     .room = ring->fixture.room};
	memcpy(ring->memory.map.page, ring->fixture.page, sizeof ring->fixture.page);
}

static void reset_ring(struct ring *ring)
{
	const struct ring_layout *layout = &ring->memory.map.layout;
	struct ring_control *control = ring->fixture.control;
	memset(control, 0, ring->memory.map.sizes.control);
	memset(ring->memory.roster, 0, RING_PAGE_SIZE);
	memset(ring->fixture.room, 0, RING_PAGE_SIZE);
	for (unsigned i = 0; i < READERS; i++)
		memset((uint8_t *)ring->fixture.page[i] - ring_page_offset(i), 0, RING_PAGE_SIZE);
	control->head = layout->first - 1;
	control->tail = layout->first;
	control->final = RING_NEVER;
	control->abi = RING_ABI;
	control->magic = RING_MAGIC;
	ring_roster_init(ring->memory.roster, layout);
	ring->memory.roster->writer[0] = 1;
}

static void begin_generation(struct ring *ring, uint8_t choice)
{
	struct ring_roster *roster = ring->memory.roster;
	reset_ring(ring);
	roster->layout.info.generation = ++generation;
	roster->newest = generation;
	for (unsigned i = 0; i < READERS; i++)
		ring_memory_place(&ring->memory, i, (enum fb_mode)(choice / 4 % 3), 2);
	for (unsigned i = choice / 64; i > 0; i--) /* it is not new, or not true */
		ring_memory_poke(&ring->memory, input, WORDS_OF_WRITERS | WORDS_OF_READERS | WORDS_OF_CORE);
	if (choice == 3) { /* a layout that is none */
		uint32_t value = input_u32(input);
		memcpy((uint8_t *)&roster->layout + input_u16(input) % (sizeof roster->layout - 4), &value, 4);
	}
}

static size_t descriptors_of(const struct ring *ring, bool writer, bool member, uint8_t lie, int *fds)
{
	size_t count = 0;
	for (unsigned i = 0; i < RING_FD_PAGES + READERS; i++)
		if (writer || i <= RING_FD_PAGES || (member && i == RING_FD_PAGES + RING_MEMORY_GROUP))
			fds[count++] = ring->fixture.fds[i];
	if (lie == 255)
		count--;
	if (lie == 254)
		fds[count++] = fds[0];
	if (lie >= 240 && lie < 254)
		fds[lie % count] = fds[(lie + 1u) % count];
	return count;
}

/* ---- messages ---- */

static void reply(struct wire_message message, const int *fds, size_t fd_count)
{
	wire_send(core, &message, fds, fd_count);
}

static void reply_generation(const struct wire_message *request, uint8_t choice)
{
	struct ring *ring = &rings[choice % RINGS];
	int fds[LIMIT_MESSAGE_FDS];
	uint8_t lie = input_u8(input);
	bool member = choice & 16;
	begin_generation(ring, choice);
	size_t count = descriptors_of(ring, request->type == WIRE_WRITER_OPEN, member, lie, fds);
	reply((struct wire_message){.type = WIRE_GENERATION,
				    .serial = request->serial,
				    .place = 5,
				    .generation = generation,
				    .count = lie == 239 ? 77 : 0,
				    .position = lie < 32 ? lie : 0,
				    .group = member ? 9 : 0,
				    .lead = member ? RING_MEMORY_GROUP : 0,
				    .layout = &ring->memory.roster->layout,
				    .layout_size = sizeof(struct ring_layout) - (lie == 238)},
	      fds, count);
}

static void reply_text(const struct wire_message *request, uint8_t choice)
{
	static const char text[] = "{\"streams\": []}";
	struct wire_message message = {.type = WIRE_TEXT, .serial = request->serial, .text = text, .text_size = 15};
	if (choice < 200) {
		reply(message, NULL, 0);
		return;
	}
	int fd = memfd_create("text", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	FUZZ_CHECK(fd >= 0 && ftruncate(fd, choice % 16) == 0);
	if (choice < 250)
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
	message.text_size = 0;
	message.count = choice < 240 ? choice % 16u : input_u32(input);
	reply(message, &fd, 1);
	close(fd);
}

/* Any message, under a serial that somebody may wait for. */
static void say_anything(uint32_t serial)
{
	static const char *const names[] = {"", "x", "cam", "a/b"};
	uint8_t numbers = input_u8(input);
	char *text = input_text(input, input_u8(input) % 32);
	int fds[2] = {STDERR_FILENO, STDERR_FILENO};
	struct wire_message message = {.type = (enum wire_type)(1 + input_u8(input) % (WIRE_TYPE_END - 1)),
				       .serial = numbers & 1   ? serial
						 : numbers & 2 ? 0
							       : input_u32(input),
				       .error = numbers & 4 ? ENOENT : 0,
				       .protocol = WIRE_PROTOCOL,
				       .abi = RING_ABI,
				       .place = numbers & 8 ? 5 : input_u8(input),
				       .state = numbers / 16 % 8,
				       .generation = input_u8(input),
				       .flags = numbers / 32,
				       .count = numbers / 16,
				       .text = text,
				       .text_size = strlen(text),
				       .layout = &rings[0].memory.roster->layout,
				       .layout_size = sizeof(struct ring_layout)};
	strcpy(message.name, names[numbers % 4]);
	strcpy(message.kind, numbers & 2 ? "stream" : "");
	reply(message, fds, numbers > 250 ? 2 : 0);
	free(text);
}

/* Mostly what was asked for. */
static void answer(const struct wire_message *request)
{
	uint8_t choice = input_u8(input);
	last_serial = request->serial;
	if (choice % 16 == 15) {
		say_anything(request->serial);
		return;
	}
	if (choice == 14)
		return;
	struct wire_message done = {.type = WIRE_DONE,
				    .serial = request->serial,
				    .place = 5,
				    .state = choice % 7,
				    .protocol = WIRE_PROTOCOL};
	switch (request->type) {
	case WIRE_HELLO:
		done.type = WIRE_WELCOME;
		break;
	case WIRE_READER_OPEN:
		done.type = WIRE_PLACE;
		break;
	case WIRE_READER_ATTACH:
	case WIRE_WRITER_OPEN:
		if (choice % 8 != 7) {
			reply_generation(request, choice);
			return;
		}
		done.type = WIRE_PENDING;
		done.error = choice & 128 ? ENODATA : 0;
		done.flags = choice & 64 ? WIRE_MORE : 0;
		strcpy(done.name, choice & 32 ? "x" : "");
		break;
	case WIRE_WAIT:
		done.type = WIRE_LAYOUT;
		done.layout = &rings[choice % RINGS].memory.roster->layout;
		done.layout_size = sizeof(struct ring_layout);
		break;
	case WIRE_STATUS:
	case WIRE_JOB:
		reply_text(request, choice);
		return;
	case WIRE_CANCEL:
	case WIRE_REPORT:
		return;
	default:
		break;
	}
	reply(done, NULL, 0);
}

static void act_unasked(void)
{
	uint8_t what = input_u8(input);
	switch (what % 8) {
	case 0:
	case 1:
	case 2:
		ring_memory_poke(&rings[what / 8 % RINGS].memory, input,
				 WORDS_OF_WRITERS | WORDS_OF_READERS | WORDS_OF_CORE);
		break;
	case 3:
		say_anything(last_serial);
		break;
	case 4:
		reply((struct wire_message){.type = WIRE_STREAM, .place = 5, .state = what / 8 % 8}, NULL, 0);
		break;
	case 5:
		reply((struct wire_message){.type = WIRE_RESUMED}, NULL, 0);
		break;
	case 6:
		rings[what / 8 % RINGS].memory.roster->newest++;
		break;
	default:
		if (what == 255)
			shutdown(core, SHUT_RDWR);
		else
			send(core, input->at, input->left % 64, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

bool client_world_act(void)
{
	static struct wire_packet packet;
	if (core < 0)
		return false;
	if (acts++ == ACTS)
		shutdown(core, SHUT_RDWR);
	if (acts > ACTS)
		return false;
	if (wire_receive(core, &packet, false) == 0) {
		answer(&packet.message);
		return true;
	}
	if (input->left == 0 || input_u8(input) % 4 == 0)
		return false;
	act_unasked();
	return true;
}

int client_core_begin(struct input *bytes)
{
	int pair[2];
	input = bytes;
	acts = generation = last_serial = 0;
	client_world_now_ns = INT64_C(1000000000);
	for (unsigned kind = 0; kind < RINGS; kind++) {
		if (!rings[kind].fixture.control)
			make_ring(&rings[kind], kind);
		reset_ring(&rings[kind]);
	}
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	core = pair[0];
	return pair[1];
}

void client_core_end(void)
{
	close(core);
	core = -1;
}
