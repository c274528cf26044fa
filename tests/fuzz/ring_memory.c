/* ring_memory.c: see the header. */
#include "fuzz/ring_memory.h"
#include "ring/work.h"

static void *zeroed(size_t size)
{
	void *object = calloc(1, size);
	FUZZ_CHECK(object);
	return object;
}

struct ring_layout ring_memory_layout(uint8_t choice, bool pool)
{
	static const enum fb_media media[] = {FB_VIDEO, FB_AUDIO, FB_PACKET};
	struct ring_layout layout = {
		.info = {.media = pool ? FB_VIDEO : media[choice % 3],
			 .generation = 1,
			 .width = 8,
			 .height = 8,
			 .sample_rate = 8000,
			 .channels = 1,
			 .frame_size = 64,
			 .format = "gray",
			 .planes = 1,
			 .plane = {{8, 8, 1, 1}},
			 .slot_bytes = 64},
		.first = choice & 4 ? 17 : 1,
		.slots = pool         ? 9
			 : choice & 8 ? 2
				      : 6,
		.max_readers = RING_MEMORY_READERS,
		.max_held = 3,
		.max_writers = pool ? 3 : 1,
		.linesize = {8},
		.lossless_timeout_ns = choice & 16 ? 0 : INT64_MAX,
	};
	layout.info.depth = layout.slots - 1;
	layout.index_size = ring_index_size(layout.slots);
	layout.info.max_metadata = choice & 32 ? 10 : 0;
	if (layout.info.media == FB_PACKET) {
		layout.info.planes = 0;
		layout.info.slot_bytes = 1024;
	}
	FUZZ_CHECK(ring_layout_check(&layout) == 0);
	return layout;
}

void ring_memory_create(struct ring_memory *memory, const struct ring_layout *layout)
{
	struct ring_sizes sizes = ring_layout_sizes(layout);
	uint8_t *control = zeroed(sizes.control);
	memory->roster = zeroed(RING_PAGE_SIZE);
	ring_roster_init(memory->roster, layout);
	memory->map = (struct ring_map){.refs = 1,
					.writer = true,
					.layout = *layout,
					.sizes = sizes,
					.control = (struct ring_control *)control,
					.state = (_Atomic uint64_t *)(control + sizes.state_offset),
					.index = (_Atomic uint64_t *)(control + sizes.index_offset),
					.meta = (struct ring_meta *)(control + sizes.meta_offset),
					.turns = (_Atomic uint64_t *)(control + sizes.turns_offset),
					.user = control + sizes.user_offset,
					.data = zeroed(sizes.data),
					.roster = memory->roster,
					.room = zeroed(sizeof(struct ring_room))};
	for (unsigned i = 0; i < layout->max_readers; i++)
		memory->map.page[i] = (struct ring_page *)((uint8_t *)zeroed(RING_PAGE_SIZE) + ring_page_offset(i));
	memory->map.control->head = layout->first - 1;
	memory->map.control->tail = layout->first;
	memory->map.control->final = RING_NEVER;
}

void ring_memory_destroy(struct ring_memory *memory)
{
	FUZZ_CHECK(memory->map.refs == 1);
	for (unsigned i = 0; i < memory->map.layout.max_readers; i++)
		free((uint8_t *)memory->map.page[i] - ring_page_offset(i));
	free(memory->map.control);
	free(memory->map.data);
	free(memory->map.room);
	free(memory->roster);
}

struct ring_map *ring_memory_map(struct ring_memory *memory)
{
	return ring_map_ref(&memory->map);
}

void ring_memory_place(struct ring_memory *memory, unsigned reader, enum fb_mode mode, unsigned max_held)
{
	memory->roster->place[reader] = ring_place(1, max_held, mode, 1);
}

uint64_t ring_memory_number(struct input *input)
{
	uint8_t choice = input_u8(input);
	if (choice < 224)
		return choice % 48;
	switch (choice % 8) {
	case 0:
		return RING_SEQ_MAX;
	case 1:
		return RING_SEQ_MAX - 1;
	case 2:
		return UINT64_MAX;
	case 3:
		return UINT64_MAX - 1;
	case 4:
		return UINT64_C(1) << 40;
	default:
		return input_u64(input);
	}
}

static void poke_control(struct ring_control *control, struct input *input, uint8_t which)
{
	uint64_t number = ring_memory_number(input);
	switch (which % 9) {
	case 0:
		control->head = number;
		break;
	case 1:
		control->tail = number;
		break;
	case 2:
		control->final = number;
		break;
	case 3:
		control->room_armed = (uint32_t)number;
		break;
	case 4:
		control->evicted[number % LIMIT_READERS] = number;
		break;
	case 5:
		control->turn = number;
		break;
	case 6:
		control->order = number;
		break;
	case 7:
		control->tickets = number;
		break;
	default:
		control->wake = (uint32_t)number;
	}
}

/* A frame published as it should be, but for its description. */
static void poke_frame(struct ring_map *map, struct input *input)
{
	unsigned slot = input_u8(input) % map->layout.slots;
	uint64_t seq = map->control->head + 1;
	if (input_u8(input) & 1)
		input_take(input, &map->meta[slot], sizeof map->meta[slot]);
	map->state[slot] = ring_state(RING_PUBLISHED, 0, seq);
	map->index[seq & (map->layout.index_size - 1)] = ring_index(seq, slot);
	map->control->head = seq;
}

static void poke_writers(struct ring_map *map, struct input *input)
{
	uint8_t which = input_u8(input), where = input_u8(input);
	switch (which % 8) {
	case 0:
		map->state[where % map->layout.slots] = ring_state((enum ring_kind)(input_u8(input) % 5),
								   input_u8(input) % 4, ring_memory_number(input));
		break;
	case 1:
		map->index[where % map->layout.index_size] = ring_index(ring_memory_number(input), input_u8(input));
		break;
	case 2:
		input_take(input, &map->meta[where % map->layout.slots], sizeof *map->meta);
		break;
	case 3:
		if (map->layout.max_writers > 1)
			map->turns[where * 2 % RING_TURNS] =
				ring_turn(ring_memory_number(input), (enum ring_turn)input_u8(input), input_u8(input));
		break;
	case 4:
		map->state[where % map->layout.slots] = input_u64(input);
		break;
	case 5:
		poke_frame(map, input);
		break;
	default:
		poke_control(map->control, input, where);
	}
}

static void poke_readers(struct ring_map *map, struct input *input)
{
	uint8_t which = input_u8(input), where = input_u8(input);
	struct ring_page *page = map->page[where % map->layout.max_readers];
	switch (which % 5) {
	case 0:
		page->cursor = ring_memory_number(input);
		break;
	case 1:
		page->holds[input_u8(input) % LIMIT_HELD] = input_u8(input);
		break;
	case 2:
		page->holds[input_u8(input) % LIMIT_HELD] = input_u16(input);
		break;
	case 3:
		map->room->posts = input_u32(input);
		break;
	default: {
		unsigned group = RING_MEMORY_GROUP;
		struct ring_work_view work = ring_work_view(map->page[group], group, map->layout.first);
		uint64_t seq = ring_memory_number(input);
		work.work[seq % RING_WORK] =
			ring_work(seq, (enum ring_work)(input_u8(input) % 6), where, input_u8(input));
	}
	}
}

static void poke_core(struct ring_memory *memory, struct input *input)
{
	uint8_t which = input_u8(input), where = input_u8(input);
	struct ring_roster *roster = memory->roster;
	switch (which % 6) {
	case 0:
		roster->place[where % RING_MEMORY_READERS] =
			ring_place(input_u8(input), input_u8(input), (enum fb_mode)(input_u8(input) % 4), where & 128);
		break;
	case 1:
		roster->state = input_u8(input);
		break;
	case 2:
		roster->newest = input_u8(input);
		break;
	case 3:
		roster->final = ring_memory_number(input);
		break;
	case 4:
		roster->place[where % RING_MEMORY_READERS] = input_u64(input);
		break;
	default:
		roster->writer[where % 4] = input_u8(input) % 2;
	}
}

void ring_memory_poke(struct ring_memory *memory, struct input *input, unsigned words)
{
	uint8_t whose = input_u8(input) % 8;
	if (whose < 4 && words & WORDS_OF_WRITERS)
		poke_writers(&memory->map, input);
	else if (whose < 7 && words & WORDS_OF_READERS)
		poke_readers(&memory->map, input);
	else if (words & WORDS_OF_CORE)
		poke_core(memory, input);
}
