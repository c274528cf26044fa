/* work.c: the words of a group's table. Each is changed by compare-and-swap, and a frame's entry decides who has it. */
#include "ring/work.h"

struct ring_work_view ring_work_view(struct ring_page *page, unsigned group, uint64_t first)
{
	uint8_t *base = (uint8_t *)page - ring_page_offset(group);
	return (struct ring_work_view){page, (_Atomic uint64_t *)(base + ring_work_offset(group)), first};
}

uint64_t ring_work_load(const struct ring_work_view *view, uint64_t seq)
{
	/* acquire: pairs with the release in ring_work_swap(): who sees a frame taken sees its taker's hold */
	return atomic_load_explicit(&view->work[seq & (RING_WORK - 1)], memory_order_acquire);
}

bool ring_work_swap(const struct ring_work_view *view, uint64_t seq, uint64_t from, uint64_t to)
{
	return atomic_compare_exchange_strong_explicit(&view->work[seq & (RING_WORK - 1)], &from, to,
						       memory_order_acq_rel, memory_order_acquire);
}

static bool in_work(uint64_t word)
{
	return ring_work_kind(word) == RING_TAKEN || ring_work_kind(word) == RING_OFFERED;
}

bool ring_work_finished(const struct ring_work_view *view, uint64_t seq)
{
	uint64_t word = ring_work_load(view, seq);
	if (seq < view->first || ring_work_seq(word) < seq)
		return false;
	return ring_work_seq(word) > seq || !in_work(word);
}

bool ring_work_pending(const struct ring_work_view *view, uint64_t seq)
{
	uint64_t word = ring_work_load(view, seq);
	return ring_work_seq(word) == seq && in_work(word);
}

uint64_t ring_work_oldest(const struct ring_work_view *view)
{
	/* before the entries: what is taken later is no older */
	uint64_t oldest = atomic_load_explicit(&view->page->cursor, memory_order_acquire);
	for (unsigned i = 0; i < RING_WORK; i++) {
		uint64_t word = ring_work_load(view, i);
		if (in_work(word) && ring_work_seq(word) < oldest)
			oldest = ring_work_seq(word);
	}
	return oldest;
}

void ring_work_begin(const struct ring_work_view *view, uint64_t next)
{
	for (unsigned i = 0; i < RING_WORK; i++)
		atomic_store_explicit(&view->work[i], 0, memory_order_relaxed);
	for (unsigned i = 0; i < LIMIT_HELD; i++)
		atomic_store_explicit(&view->page->holds[i], 0, memory_order_relaxed);
	/* release: no member has the page yet, but the writer has */
	atomic_store_explicit(&view->page->cursor, next, memory_order_release);
}

unsigned ring_work_leave(const struct ring_work_view *view, unsigned member, unsigned max_attempts,
			 unsigned *ret_offered)
{
	unsigned given_up = 0, offered = 0;
	for (unsigned i = 0; i < RING_WORK; i++) {
		uint64_t word = ring_work_load(view, i), seq = ring_work_seq(word);
		if (ring_work_kind(word) != RING_TAKEN || ring_work_member(word) != member)
			continue;
		unsigned attempt = ring_work_attempt(word) + 1;
		bool again = attempt < max_attempts;
		if (!ring_work_swap(view, i, word, ring_work(seq, again ? RING_OFFERED : RING_LOST, member, attempt)))
			continue;
		offered += again;
		given_up += !again;
	}
	*ret_offered = offered;
	return given_up;
}

bool ring_work_offered(const struct ring_work_view *view, uint64_t seq)
{
	uint64_t word = ring_work_load(view, seq);
	return ring_work_seq(word) == seq && ring_work_kind(word) == RING_OFFERED;
}

unsigned ring_work_give_up(const struct ring_work_view *view, unsigned member)
{
	unsigned given_up = 0;
	for (unsigned i = 0; i < RING_WORK; i++) {
		uint64_t word = ring_work_load(view, i);
		if (ring_work_kind(word) == RING_OFFERED && ring_work_member(word) == member)
			given_up += ring_work_swap(view, i, word, ring_work(ring_work_seq(word), RING_LOST, member, 0));
	}
	return given_up;
}
