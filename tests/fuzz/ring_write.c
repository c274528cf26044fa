/* ring_write.c: a writer of frames or packets, whose readers and room are hostile. It keeps its own order: a claimed
 * slot is nobody else's, sequence numbers have no gap, the window is never empty. */
#include "fuzz/ring_memory.h"
#include "ring/writer.h"
#include <errno.h>

#define STEPS 64
#define SLOTS 16

struct state {
	struct ring_writer *writer;
	const struct ring_map *map;
	bool claimed[SLOTS], finished;
	unsigned pins[SLOTS];
};

static void check_published(struct state *state, uint64_t seq, uint64_t before)
{
	FUZZ_CHECK(seq == before + 1 && state->map->control->head == seq);
	FUZZ_CHECK(state->map->control->tail <= seq && state->map->control->tail >= state->map->layout.first);
}

static void claim(struct state *state)
{
	unsigned slot = SLOTS;
	int r = ring_writer_claim(state->writer, 0, &slot);
	FUZZ_CHECK(r == 0 || r == -ETIMEDOUT || r == -EPIPE);
	if (r < 0)
		return;
	FUZZ_CHECK(slot < state->map->layout.slots && !state->claimed[slot] && state->pins[slot] == 0);
	state->claimed[slot] = true;
	memset(ring_writer_data(state->writer, slot), 0x5a, state->map->layout.info.slot_bytes);
}

static void publish(struct state *state, struct input *input)
{
	unsigned slot = input_u8(input) % SLOTS;
	bool pin = input_u8(input) & 1;
	uint8_t metadata[16] = {0};
	struct ring_meta meta = {.metadata_size = input_u8(input) % (sizeof metadata + 1)};
	uint64_t seq = 0, before = state->map->control->head;
	int r = ring_writer_publish(state->writer, slot, &meta, metadata, pin, &seq);
	bool good = slot < state->map->layout.slots && state->claimed[slot];
	FUZZ_CHECK(r == 0 ? good : r == -EINVAL ? !good : r == -EMSGSIZE || r == -EPIPE);
	if (r < 0)
		return;
	state->claimed[slot] = false;
	state->pins[slot] += pin;
	check_published(state, seq, before);
}

static void publish_packet(struct state *state, struct input *input)
{
	static const uint8_t bytes[600];
	struct ring_packet packet = {
		.meta = {.size = input_u16(input) % sizeof bytes, .metadata_size = input_u8(input) % 16},
		.data = bytes,
		.metadata = bytes};
	uint64_t seq = 0, before = state->map->control->head;
	int r = ring_writer_publish_packet(state->writer, &packet, 0, &seq);
	FUZZ_CHECK(r == 0 || r == -ETIMEDOUT || r == -EPIPE || r == -EMSGSIZE);
	if (r == 0)
		check_published(state, seq, before);
}

static void unpin(struct state *state, unsigned slot)
{
	if (slot < SLOTS && state->pins[slot] > 0) {
		state->pins[slot]--;
		ring_writer_unpin(state->writer, slot);
	}
}

static void cancel(struct state *state, unsigned slot)
{
	ring_writer_cancel(state->writer, slot);
	state->claimed[slot] = false;
}

static void write_step(struct state *state, struct input *input, uint8_t what)
{
	if (state->map->layout.info.media == FB_PACKET) {
		publish_packet(state, input);
		return;
	}
	switch (what) {
	case 0:
	case 1:
	case 2:
		claim(state);
		break;
	case 3:
		unpin(state, input_u8(input) % SLOTS);
		break;
	case 4:
		cancel(state, input_u8(input) % SLOTS);
		break;
	default:
		publish(state, input);
	}
}

/* Layout, then steps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct ring_memory memory;
	struct ring_layout layout = ring_memory_layout(input_u8(&input), false);
	ring_memory_create(&memory, &layout);
	for (unsigned i = 0; i < RING_MEMORY_READERS; i++)
		ring_memory_place(&memory, i, (enum fb_mode)(i % 3), 2 + i);
	struct state state = {.map = &memory.map};
	FUZZ_CHECK(ring_writer_create(ring_memory_map(&memory), &state.writer) == 0);
	for (unsigned step = 0; step < STEPS && input.left > 0; step++) {
		uint8_t what = input_u8(&input) % 16;
		if (what >= 8)
			ring_memory_poke(&memory, &input, WORDS_OF_READERS | WORDS_OF_CORE);
		else
			write_step(&state, &input, what);
	}
	ring_writer_finish(state.writer);
	unsigned slot = 0;
	FUZZ_CHECK(ring_writer_claim(state.writer, 0, &slot) == (layout.info.media == FB_PACKET ? -EINVAL : -EPIPE));
	ring_writer_destroy(state.writer);
	ring_memory_destroy(&memory);
	return 0;
}
