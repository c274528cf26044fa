/* ring_read.c: a reader, or a member of a group, of a ring whose words others change as they like between its steps.
 * Every frame that it gets lies inside the ring, and no step goes on for ever. */
#include "fuzz/ring_memory.h"
#include "ring/reader.h"
#include <errno.h>

#define STEPS 64
#define FRAMES 8

struct held {
	struct ring_frame frames[FRAMES];
	unsigned count;
};

static volatile uint8_t sink;

static void touch(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sink ^= bytes[i];
}

static void look(struct ring_reader *reader, const struct ring_frame *frame, struct held *held)
{
	const struct ring_layout *layout = &ring_reader_map(reader)->layout;
	bool packet = layout->info.media == FB_PACKET;
	FUZZ_CHECK(frame->slot < layout->slots);
	FUZZ_CHECK(frame->meta.metadata_size <= layout->info.max_metadata);
	if (layout->info.media == FB_AUDIO)
		FUZZ_CHECK(frame->meta.samples <= layout->info.plane[0].rows);
	touch(frame->data, packet ? frame->meta.size : layout->info.slot_bytes);
	touch(frame->metadata, frame->meta.metadata_size);
	if (held->count == FRAMES)
		ring_reader_release(reader, frame);
	else
		held->frames[held->count++] = *frame;
}

static void read_step(struct ring_reader *reader, struct input *input, uint8_t what, struct held *held)
{
	struct ring_frame frames[4];
	unsigned count = 0;
	switch (what) {
	case 0:
	case 1:
		if (ring_reader_next(reader, 0, &frames[0]) == 0)
			look(reader, &frames[0], held);
		break;
	case 2:
		if (ring_reader_newest(reader, 1 + input_u8(input) % 4, 0, frames, &count) == 0)
			FUZZ_CHECK(count >= 1 && count <= 4);
		for (unsigned i = 0; i < count; i++)
			look(reader, &frames[i], held);
		break;
	case 3:
		if (ring_reader_at(reader, (int64_t)ring_memory_number(input), 0, &frames[0]) == 0)
			look(reader, &frames[0], held);
		break;
	case 4:
		if (held->count > 0)
			ring_reader_release(reader, &held->frames[--held->count]);
		break;
	case 5:
		ring_reader_done(reader, ring_memory_number(input));
		break;
	case 6:
		ring_reader_rewind(reader);
		break;
	default:
		ring_reader_unhold(reader, input_u8(input));
		ring_reader_ready(reader);
		ring_reader_missed(reader);
	}
}

/* In a group batches and rewinding make no sense, and are not to be had. */
static const uint8_t member_steps[] = {0, 1, 1, 3, 4, 5, 5, 7};

static void run(struct ring_memory *memory, struct ring_reader *reader, struct input *input, bool member)
{
	struct held held = {0};
	for (unsigned step = 0; step < STEPS && input->left > 0; step++) {
		uint8_t what = input_u8(input) % 16;
		if (what >= 8)
			ring_memory_poke(memory, input, WORDS_OF_WRITERS | WORDS_OF_READERS | WORDS_OF_CORE);
		else
			read_step(reader, input, member ? member_steps[what] : what, &held);
	}
	while (held.count > 0)
		ring_reader_release(reader, &held.frames[--held.count]);
}

/* Layout, mode and whether it is a member; then steps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct ring_memory memory;
	struct ring_reader *reader = NULL;
	struct ring_layout layout = ring_memory_layout(input_u8(&input), false);
	uint8_t choice = input_u8(&input);
	enum fb_mode mode = (enum fb_mode)(choice % 3);
	bool member = choice & 4;
	ring_memory_create(&memory, &layout);
	bool copies = choice & 32 && layout.info.media == FB_PACKET && mode != FB_LOSSLESS;
	ring_memory_place(&memory, 0, member ? FB_ORDERED : mode, copies ? 0 : 1 + choice / 64);
	ring_memory_place(&memory, RING_MEMORY_GROUP, mode, 0);
	if (choice & 8) /* frames that are there already */
		ring_memory_poke(&memory, &input, WORDS_OF_WRITERS);
	int r = member ? ring_reader_join(ring_memory_map(&memory), 0, RING_MEMORY_GROUP, &reader)
		       : ring_reader_create(ring_memory_map(&memory), 0, choice & 16 ? ring_memory_number(&input) : 0,
					    &reader);
	FUZZ_CHECK(r == 0);
	run(&memory, reader, &input, member);
	ring_reader_unref(reader);
	/* frames that it could not let go of, as its own words were changed, have references still */
	FUZZ_CHECK(memory.map.refs == 1);
	ring_memory_destroy(&memory);
	return 0;
}
