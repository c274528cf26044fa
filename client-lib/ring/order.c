/* order.c: ordered commit by helping: every step is one compare-and-swap from a word that never recurs, so whoever does
 * it twice, or too late, changes nothing. */
#include "ring/order.h"
#include "ring/sizes.h"
#include "ring/wake.h"
#include <errno.h>

#define STEPS_MAX (8 * RING_TURNS) /* the words are other processes' too: no loop depends on them to end */

/* acquire and release pair with one another, word by word: whoever sees a ticket ready sees the frame in its slot, and
 * shows it with a release of its own. */
static uint64_t load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

static bool swap(_Atomic uint64_t *word, uint64_t from, uint64_t to)
{
	return atomic_compare_exchange_strong_explicit(word, &from, to, memory_order_acq_rel, memory_order_acquire);
}

struct ring_order_view ring_order_view(struct ring_control *control, const struct ring_layout *layout)
{
	struct ring_sizes sizes = ring_layout_sizes(layout);
	uint8_t *base = (uint8_t *)control;
	return (struct ring_order_view){.control = control,
					.state = (_Atomic uint64_t *)(base + sizes.state_offset),
					.index = (_Atomic uint64_t *)(base + sizes.index_offset),
					.turns = (_Atomic uint64_t *)(base + sizes.turns_offset),
					.pins = (_Atomic uint64_t *)(base + sizes.pins_offset),
					.slots = layout->slots,
					.index_size = layout->index_size,
					.max_writers = layout->max_writers};
}

static _Atomic uint64_t *turn_of(const struct ring_order_view *order, uint64_t ticket)
{
	return &order->turns[ticket & (RING_TURNS - 1)];
}

bool ring_order_bind(const struct ring_order_view *order, uint64_t source, const struct ring_work_view *work)
{
	struct ring_control *control = order->control;
	if (load(&control->order) == RING_ORDER_NONE)
		swap(&control->order, RING_ORDER_NONE, source);
	if (load(&control->order) != source)
		return false;
	if (load(&control->turn) == 0)
		swap(&control->turn, 0, work ? ring_work_oldest(work) : 1);
	return true;
}

uint64_t ring_order_ticket(const struct ring_order_view *order)
{
	return atomic_fetch_add_explicit(&order->control->tickets, 1, memory_order_relaxed) + 1;
}

int ring_order_open(const struct ring_order_view *order, uint64_t ticket, unsigned writer)
{
	_Atomic uint64_t *word = turn_of(order, ticket);
	for (;;) {
		uint64_t turn = load(&order->control->turn);
		uint64_t now = load(word);
		if (ticket < turn || ring_turn_ticket(now) > ticket)
			return -EALREADY;
		if (ticket - turn >= RING_TURNS)
			return -EAGAIN;
		if (now == ring_turn(ticket, RING_OPEN, writer))
			return -EBUSY;
		if (ring_turn_ticket(now) == ticket && ring_turn_kind(now) != RING_EMPTY)
			return -EALREADY;
		if (swap(word, now, ring_turn(ticket, RING_OPEN, writer)))
			return 0;
	}
}

void ring_order_unopen(const struct ring_order_view *order, uint64_t ticket, unsigned writer)
{
	swap(turn_of(order, ticket), ring_turn(ticket, RING_OPEN, writer), ring_turn(ticket, RING_EMPTY, 0));
}

void ring_order_cancel(const struct ring_order_view *order, uint64_t ticket, unsigned writer)
{
	swap(turn_of(order, ticket), ring_turn(ticket, RING_OPEN, writer), ring_turn(ticket, RING_CANCELLED, 0));
}

bool ring_order_ready(const struct ring_order_view *order, uint64_t ticket, unsigned writer, unsigned slot)
{
	return swap(turn_of(order, ticket), ring_turn(ticket, RING_OPEN, writer), ring_turn(ticket, RING_READY, slot));
}

/* Shows the slot's frame as the next one, or finds that others have. Each step is done by whoever comes first. head
 * does not move before the slot's state has, so a claimed state, loaded first, is still claimed for the head loaded
 * then. */
static uint64_t show(const struct ring_order_view *order, uint64_t ticket, unsigned slot, bool *ret_shown)
{
	struct ring_control *control = order->control;
	_Atomic uint64_t *state = &order->state[slot];
	uint64_t before = load(state);
	uint64_t head = load(&control->head), seq = head + 1;
	_Atomic uint64_t *index = &order->index[seq & (order->index_size - 1)];
	uint64_t entry = load(index);
	if (load(&control->turn) != ticket) /* the slot may have a later frame by now */
		return 0;
	if (ring_state_kind(before) == RING_CLAIMED && ring_state_seq(before) == ticket)
		swap(state, before, ring_state(RING_PUBLISHED, 0, seq));
	uint64_t now = load(state);
	if (now == ring_state(RING_PUBLISHED, 0, seq)) {
		if (ring_index_seq(entry) < seq)
			swap(index, entry, ring_index(seq, slot));
		*ret_shown |= swap(&control->head, head, seq);
	} else if (now == ring_state(RING_PUBLISHED, 0, head)) {
		seq = head; /* head had moved already */
	} else {
		return 0; /* and is not the newest any more: the turn has gone on */
	}
	swap(&control->turn, ticket, ticket + 1);
	return seq;
}

struct progress {
	uint64_t ticket, seq; /* which we ask for, and what it got */
	bool shown;
};

/* One step for the ticket whose turn it is. False: only somebody else can do it. */
static bool step(const struct ring_order_view *order, const struct ring_work_view *work, struct progress *progress)
{
	uint64_t ticket = load(&order->control->turn);
	_Atomic uint64_t *word = turn_of(order, ticket);
	uint64_t now = load(word);
	if (ticket == 0)
		return false;
	if (ring_turn_ticket(now) > ticket)
		return true; /* the turn has gone on */
	enum ring_turn kind = ring_turn_ticket(now) == ticket ? ring_turn_kind(now) : RING_EMPTY;
	if (kind == RING_READY && ring_turn_value(now) < order->slots) {
		uint64_t seq = show(order, ticket, ring_turn_value(now), &progress->shown);
		if (ticket == progress->ticket && seq != 0)
			progress->seq = seq;
		return true;
	}
	if (kind == RING_CANCELLED || kind == RING_READY) { /* a slot that is none */
		swap(&order->control->turn, ticket, ticket + 1);
		return true;
	}
	if (kind == RING_OPEN || !work || !ring_work_finished(work, ticket))
		return false;
	swap(word, now, ring_turn(ticket, RING_CANCELLED, 0));
	return true;
}

uint64_t ring_order_help(const struct ring_order_view *order, const struct ring_work_view *work, uint64_t ticket)
{
	struct progress progress = {.ticket = ticket};
	/* F_H, pairs with itself: of two that each settle a ticket and then help, one sees what the other settled */
	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned steps = 0; steps < STEPS_MAX && step(order, work, &progress); steps++)
		continue;
	if (progress.shown) {
		/* release: as in wake_readers() */
		atomic_fetch_add_explicit(&order->control->wake, 1, memory_order_release);
		ring_wake_all(&order->control->wake);
	}
	return progress.seq;
}

uint64_t ring_order_waiting(const struct ring_order_view *order)
{
	uint64_t turn = load(&order->control->turn);
	for (uint64_t ticket = turn + 1; turn != 0 && ticket < turn + RING_TURNS; ticket++) {
		uint64_t now = load(turn_of(order, ticket));
		bool settled = ring_turn_kind(now) == RING_READY || ring_turn_kind(now) == RING_CANCELLED;
		if (ring_turn_ticket(now) == ticket && settled)
			return ticket;
	}
	return 0;
}

unsigned ring_order_pass(const struct ring_order_view *order, uint64_t ticket)
{
	unsigned count = 0;
	uint64_t turn = load(&order->control->turn);
	for (uint64_t late = turn; late < ticket && late - turn < RING_TURNS; late++) {
		_Atomic uint64_t *word = turn_of(order, late);
		uint64_t now = load(word);
		bool settled = ring_turn_ticket(now) > late ||
			       (ring_turn_ticket(now) == late &&
				(ring_turn_kind(now) == RING_READY || ring_turn_kind(now) == RING_CANCELLED));
		if (!settled)
			count += swap(word, now, ring_turn(late, RING_CANCELLED, 0));
	}
	return count;
}

void ring_order_forsake(const struct ring_order_view *order, uint64_t first, uint64_t last,
			const struct ring_work_view *work)
{
	uint64_t turn = load(&order->control->turn), ticket = turn > first ? turn : first;
	for (; turn != 0 && ticket <= last && ticket - turn < RING_TURNS; ticket++) {
		_Atomic uint64_t *word = turn_of(order, ticket);
		uint64_t now = load(word);
		bool untouched = ring_turn_ticket(now) < ticket || now == ring_turn(ticket, RING_EMPTY, 0);
		if (untouched && !(work && ring_work_pending(work, ticket)))
			swap(word, now, ring_turn(ticket, RING_CANCELLED, 0));
	}
}

static _Atomic uint64_t *pins_of(const struct ring_order_view *order, unsigned writer, unsigned slot)
{
	return &order->pins[writer * ring_pin_words(order->slots) + slot / 64];
}

/* Pinned before it is published, so whoever finds it published sees the pin. Unpinning is a release: our looks at the
 * slot come before its next writing. */
void ring_order_pin(const struct ring_order_view *order, unsigned writer, unsigned slot)
{
	atomic_fetch_or_explicit(pins_of(order, writer, slot), UINT64_C(1) << slot % 64, memory_order_release);
}

void ring_order_unpin(const struct ring_order_view *order, unsigned writer, unsigned slot)
{
	atomic_fetch_and_explicit(pins_of(order, writer, slot), ~(UINT64_C(1) << slot % 64), memory_order_release);
}

bool ring_order_pinned(const struct ring_order_view *order, unsigned slot)
{
	for (unsigned writer = 0; writer < order->max_writers; writer++)
		if (load(pins_of(order, writer, slot)) >> slot % 64 & 1)
			return true;
	return false;
}

bool ring_order_idle(const struct ring_order_view *order)
{
	uint64_t turn = load(&order->control->turn);
	for (unsigned i = 0; i < RING_TURNS; i++) {
		uint64_t now = load(&order->turns[i]);
		bool busy = ring_turn_kind(now) == RING_OPEN || ring_turn_kind(now) == RING_READY;
		if (busy && ring_turn_ticket(now) >= turn)
			return false;
	}
	return true;
}

static void sweep_turns(const struct ring_order_view *order, unsigned writer)
{
	bool again = load(&order->control->order) >= RING_ORDER_GROUPS;
	for (unsigned i = 0; i < RING_TURNS; i++) {
		uint64_t now = load(&order->turns[i]);
		uint64_t ticket = ring_turn_ticket(now);
		if (now != ring_turn(ticket, RING_OPEN, writer))
			continue;
		swap(&order->turns[i], now, ring_turn(ticket, again ? RING_EMPTY : RING_CANCELLED, 0));
	}
}

static void free_slots(const struct ring_order_view *order, unsigned writer)
{
	for (unsigned slot = 0; slot < order->slots; slot++) {
		uint64_t now = load(&order->state[slot]);
		uint64_t seq = ring_state_seq(now);
		if (ring_state_owner(now) != writer)
			continue;
		if (ring_state_kind(now) == RING_TRY)
			swap(&order->state[slot], now, ring_state(RING_PUBLISHED, 0, seq));
		else if (ring_state_kind(now) == RING_CLAIMED &&
			 load(turn_of(order, seq)) != ring_turn(seq, RING_READY, slot))
			swap(&order->state[slot], now, ring_state(RING_FREE, 0, seq));
	}
}

void ring_order_sweep(const struct ring_order_view *order, unsigned writer, bool dead)
{
	sweep_turns(order, writer);
	if (!dead)
		return;
	free_slots(order, writer);
	for (unsigned slot = 0; slot < order->slots; slot += 64)
		atomic_store_explicit(pins_of(order, writer, slot), 0, memory_order_release);
}
