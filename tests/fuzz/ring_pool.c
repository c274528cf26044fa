/* ring_pool.c: a member of a pool, and the core's part in it, where the other members, who share all of its words, and
 * the readers are hostile. Whatever stands there, each step stays inside the ring and ends. */
#include "fuzz/ring_memory.h"
#include "ring/pool.h"

#define STEPS 64
#define SLOTS 16

static struct ring_work_view group_of(struct ring_memory *memory)
{
	return ring_work_view(memory->map.page[RING_MEMORY_GROUP], RING_MEMORY_GROUP, memory->map.layout.first);
}

static void member_step(struct ring_memory *memory, struct ring_writer *writer, struct input *input, uint8_t what)
{
	struct ring_work_view work = group_of(memory);
	struct ring_meta meta = {0};
	unsigned slot = input_u8(input) % SLOTS;
	uint64_t seq = 0;
	switch (what) {
	case 0:
	case 1:
	case 2:
		if (ring_pool_claim(writer, what == 0 ? ring_memory_number(input) : 0, 0, &slot) == 0) {
			FUZZ_CHECK(slot < memory->map.layout.slots);
			memset(ring_writer_data(writer, slot), 1, memory->map.layout.info.slot_bytes);
			ring_pool_ticket(writer, slot);
		}
		break;
	case 3:
	case 4:
		ring_pool_publish(writer, slot, &meta, NULL, &seq);
		break;
	case 5:
		ring_pool_cancel(writer, slot);
		break;
	default:
		ring_pool_bind(writer, RING_MEMORY_GROUP, slot & 1 ? &work : NULL);
	}
}

static void core_step(struct ring_memory *memory, struct input *input)
{
	struct ring_order_view order = ring_order_view(memory->map.control, &memory->map.layout);
	struct ring_work_view work = group_of(memory);
	uint8_t what = input_u8(input), which = input_u8(input) % 3;
	unsigned offered = 0;
	switch (what % 8) {
	case 0:
		ring_order_sweep(&order, which, what & 8);
		break;
	case 1:
		ring_order_help(&order, what & 8 ? &work : NULL, 0);
		break;
	case 2:
		ring_order_pass(&order, ring_order_waiting(&order));
		break;
	case 3:
		ring_order_pass(&order, ring_memory_number(input));
		break;
	case 4:
		ring_order_idle(&order);
		break;
	case 5:
		FUZZ_CHECK(ring_work_leave(&work, which, 2, &offered) + offered <= RING_WORK);
		break;
	case 6:
		FUZZ_CHECK(ring_work_give_up(&work, which) <= RING_WORK);
		break;
	default:
		ring_work_oldest(&work);
		ring_work_offered(&work, ring_memory_number(input));
	}
}

/* Layout, then steps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct ring_memory memory;
	struct ring_writer *writer = NULL;
	struct ring_layout layout = ring_memory_layout(input_u8(&input), true);
	ring_memory_create(&memory, &layout);
	memory.roster->writer[0] = memory.roster->writer[1] = 1;
	ring_memory_place(&memory, 0, FB_LOSSLESS, 2);
	ring_memory_place(&memory, 1, FB_ORDERED, 2);
	FUZZ_CHECK(ring_pool_join(ring_memory_map(&memory), 1, &writer) == 0);
	for (unsigned step = 0; step < STEPS && input.left > 0; step++) {
		uint8_t what = input_u8(&input) % 16;
		if (what >= 9)
			ring_memory_poke(&memory, &input, WORDS_OF_WRITERS | WORDS_OF_READERS | WORDS_OF_CORE);
		else if (what >= 7)
			core_step(&memory, &input);
		else
			member_step(&memory, writer, &input, what);
	}
	ring_writer_destroy(writer);
	ring_memory_destroy(&memory);
	return 0;
}
