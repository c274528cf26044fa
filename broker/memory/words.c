/* words.c: core's loads and stores in shared memory, each with its partner. */
#include "memory/words.h"
#include "base/error.h"
#include "ring/wake.h"
#include <errno.h>
#include <sys/mman.h>

/* No generation runs so long; a head beyond it is no number of a frame. */
#define FRAMES_MAX (UINT64_C(1) << 40)

int words_map(struct memory *memory, unsigned index)
{
	if (memory->pages[index])
		return 0;
	void *page = mmap(NULL, RING_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory->page_fds[index], 0);
	if (page == MAP_FAILED)
		return error_set_errno(errno, "cannot map a reader's page");
	memory->pages[index] = (struct ring_page *)((char *)page + ring_page_offset(index));
	return 0;
}

uint32_t words_epoch(const struct memory *memory, unsigned index)
{
	uint64_t place = atomic_load_explicit(&memory->roster->place[index], memory_order_relaxed);
	return ring_place_active(place) ? ring_place_epoch(place) : 0;
}

static void clear_page(struct ring_page *page)
{
	/* release: pairs with the writer's acquire of holds and cursor */
	atomic_store_explicit(&page->cursor, RING_NEVER, memory_order_release);
	for (unsigned i = 0; i < LIMIT_HELD; i++)
		atomic_store_explicit(&page->holds[i], 0, memory_order_release);
}

/* As a lossless reader attaches (ring.md, section 2): the place is active, then the gate, the fence, and a look at
 * tail. */
static uint64_t set_gate(struct memory *memory, struct ring_page *page)
{
	uint64_t head = words_head(memory);
	uint64_t cursor = head > memory->layout.first ? head : memory->layout.first;
	atomic_store_explicit(&page->cursor, cursor, memory_order_release);
	atomic_thread_fence(memory_order_seq_cst); /* F_A: pairs with the writer's F_W */
	uint64_t tail = atomic_load_explicit(&memory->control->tail, memory_order_acquire);
	if (tail > cursor && tail <= words_head(memory) + 1) {
		cursor = tail;
		atomic_store_explicit(&page->cursor, cursor, memory_order_release);
	}
	return cursor;
}

int words_seat(struct memory *memory, const struct words_place *place, uint64_t *ret_begin)
{
	int r = words_map(memory, place->index);
	if (r < 0)
		return r;
	struct ring_page *page = memory->pages[place->index];
	clear_page(page);
	/* release: who sees the place sees a page without the last owner's words */
	atomic_store_explicit(&memory->roster->place[place->index],
			      ring_place(place->epoch, place->max_held, place->mode, 1), memory_order_release);
	*ret_begin = place->mode == FB_LOSSLESS ? set_gate(memory, page) : 0;
	return 0;
}

static void post_room(struct memory *memory)
{
	atomic_thread_fence(memory_order_seq_cst); /* pairs with the writer's fence between arming and its last look */
	ring_room_post(memory->room);
}

struct ring_work_view words_work(const struct memory *memory, unsigned group)
{
	return ring_work_view(memory->pages[group], group, memory->layout.first);
}

int words_lead(struct memory *memory, const struct words_place *place, uint64_t *ret_begin)
{
	uint64_t gate = 0;
	int r = words_seat(memory, place, &gate);
	if (r < 0)
		return r;
	uint64_t head = words_head(memory), first = memory->layout.first;
	struct ring_work_view work = words_work(memory, place->index);
	*ret_begin = gate ? gate : head > first ? head : first;
	ring_work_begin(&work, *ret_begin);
	return 0;
}

bool words_keep_offered(struct memory *memory, unsigned member, unsigned group)
{
	struct ring_page *page = memory->pages[member];
	bool any = false;
	if (!page || !memory->pages[group])
		return false;
	struct ring_work_view work = words_work(memory, group);
	for (unsigned i = 0; i < LIMIT_HELD; i++) {
		unsigned hold = atomic_load_explicit(&page->holds[i], memory_order_acquire);
		if (hold >= 1 && hold <= memory->layout.slots &&
		    ring_work_offered(&work, words_slot_seq(memory, hold - 1)))
			any = true;
		else /* release: pairs with the writer's acquire */
			atomic_store_explicit(&page->holds[i], 0, memory_order_release);
	}
	return any;
}

void words_wake(struct memory *memory)
{
	post_room(memory);
	ring_wake_all(&memory->control->wake);
}

void words_unseat(struct memory *memory, unsigned index)
{
	struct ring_page *page = memory->pages[index];
	if (!page)
		return;
	clear_page(page);
	atomic_store_explicit(&memory->roster->place[index], 0, memory_order_release);
	munmap((char *)page - ring_page_offset(index), RING_PAGE_SIZE);
	memory->pages[index] = NULL;
	post_room(memory);
}

void words_open_gate(struct memory *memory, unsigned index)
{
	if (!memory->pages[index])
		return;
	atomic_store_explicit(&memory->pages[index]->cursor, RING_NEVER, memory_order_release);
	post_room(memory);
}

unsigned words_holds(const struct memory *memory, unsigned index, unsigned slots[LIMIT_HELD])
{
	unsigned count = 0;
	for (unsigned i = 0; i < LIMIT_HELD && memory->pages[index]; i++) {
		unsigned hold = atomic_load_explicit(&memory->pages[index]->holds[i], memory_order_acquire);
		if (hold >= 1 && hold <= memory->layout.slots)
			slots[count++] = hold - 1;
	}
	return count;
}

uint64_t words_slot_seq(const struct memory *memory, unsigned slot)
{
	const _Atomic uint64_t *states =
		(const _Atomic uint64_t *)((const char *)memory->control + memory->sizes.state_offset);
	return ring_state_seq(atomic_load_explicit(&states[slot], memory_order_relaxed));
}

uint64_t words_cursor(const struct memory *memory, unsigned index)
{
	if (!memory->pages[index])
		return RING_NEVER;
	uint64_t cursor = atomic_load_explicit(&memory->pages[index]->cursor, memory_order_relaxed);
	return cursor >= 1 && cursor <= RING_SEQ_MAX ? cursor : RING_NEVER;
}

uint64_t words_dropped(const struct memory *memory)
{
	return atomic_load_explicit(&memory->control->dropped, memory_order_relaxed);
}

bool words_evicted(const struct memory *memory, unsigned index, uint32_t epoch)
{
	return atomic_load_explicit(&memory->control->evicted[index], memory_order_acquire) == epoch;
}

static uint64_t in_range(const struct memory *memory, uint64_t seq)
{
	uint64_t before = memory->layout.first - 1;
	return seq >= before && seq - before <= FRAMES_MAX && seq < RING_SEQ_MAX ? seq : before;
}

uint64_t words_head(const struct memory *memory)
{
	/* acquire: pairs with the writer's release when it publishes */
	return in_range(memory, atomic_load_explicit(&memory->control->head, memory_order_acquire));
}

bool words_finished(const struct memory *memory)
{
	return atomic_load_explicit(&memory->control->final, memory_order_acquire) != RING_NEVER;
}

uint64_t words_finish(struct memory *memory)
{
	uint64_t final = atomic_load_explicit(&memory->control->final, memory_order_acquire);
	uint64_t head = words_head(memory), last = final < head ? in_range(memory, final) : head;
	if (final != last) {
		/* release: pairs with the acquire in ring_map_final() */
		atomic_store_explicit(&memory->roster->final, last, memory_order_release);
		/* F_E: pairs with F_R in hold_announce(). A writer that is only cut off may have gone on until it saw
		 * this; what readers took meanwhile, not seeing it themselves, we see now */
		atomic_thread_fence(memory_order_seq_cst);
		head = words_head(memory);
		if (final == RING_NEVER && head > last)
			atomic_store_explicit(&memory->roster->final, last = head, memory_order_release);
	}
	ring_wake_all(&memory->control->wake);
	return last;
}

void words_set_state(struct memory *memory, enum fb_state state)
{
	atomic_store_explicit(&memory->roster->state, state, memory_order_release);
	ring_wake_all(&memory->control->wake);
}

void words_set_outdated(struct memory *memory)
{
	atomic_store_explicit(&memory->roster->outdated, 1, memory_order_relaxed); /* its writer looks now and then */
}

bool words_outdated(const struct memory *memory)
{
	return atomic_load_explicit(&memory->roster->outdated, memory_order_relaxed) != 0;
}

void words_set_newest(struct memory *memory, uint32_t generation)
{
	atomic_store_explicit(&memory->roster->newest, generation, memory_order_release);
	ring_wake_all(&memory->control->wake);
}
