/* pool.c: what one of several writers does: finds a slot by compare-and-swap, and publishes by its ticket. */
#include "ring/pool.h"
#include "base/error.h"
#include "ring/claim.h"
#include <errno.h>

static bool swap(_Atomic uint64_t *word, uint64_t from, uint64_t to)
{
	/* release and acquire as the plain stores and loads of the same words in claim.c */
	return atomic_compare_exchange_strong_explicit(word, &from, to, memory_order_acq_rel, memory_order_acquire);
}

static uint64_t load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

int ring_pool_join(struct ring_map *map, unsigned number, struct ring_writer **ret_writer)
{
	uint32_t epoch = number < map->layout.max_writers
				 ? atomic_load_explicit(&map->roster->writer[number], memory_order_acquire)
				 : 0;
	if (epoch == 0 || map->layout.max_writers == 1) {
		ring_map_unref(map);
		return error_set(EPROTO, "the roster has no place for writer %u", number);
	}
	int r = ring_writer_create(map, ret_writer);
	if (r < 0)
		return r;
	(*ret_writer)->number = number;
	(*ret_writer)->epoch = epoch;
	(*ret_writer)->order = ring_order_view(map->control, &map->layout);
	return 0;
}

int ring_pool_bind(struct ring_writer *writer, unsigned group, const struct ring_work_view *work)
{
	uint64_t source = work ? RING_ORDER_GROUPS + (uint64_t)group : RING_ORDER_CLAIMS;
	pthread_mutex_lock(&writer->lock);
	bool bound = ring_order_bind(&writer->order, source, work);
	if (bound && work)
		writer->work = *work;
	pthread_mutex_unlock(&writer->lock);
	return bound ? 0 : error_set(EINVAL, "tickets of another order than this pool's");
}

/* Locked. */
static uint64_t help(struct ring_writer *writer, uint64_t ticket)
{
	uint64_t seq = ring_order_help(&writer->order, writer->work.page ? &writer->work : NULL, ticket);
	claim_room_changed(writer); /* what was the newest frame may be taken away now */
	return seq;
}

static uint64_t claimed(const struct ring_writer *writer, uint64_t ticket)
{
	return ring_state(RING_CLAIMED, writer->number, ticket);
}

/* ---- a slot ---- */

struct look { /* one look at all slots */
	unsigned claimed;
	int unused;    /* a free slot; -1: none */
	uint64_t free; /* its state */
	int oldest;    /* the oldest published one that nobody protects; -1: none */
	uint64_t seq;  /* its frame */
	bool gated;
};

/* after: frames up to that one were tried. */
static struct look look(struct ring_writer *writer, uint64_t after)
{
	const struct ring_map *map = writer->map;
	uint64_t head = load(&map->control->head);
	struct look look = {.unused = -1, .oldest = -1, .seq = RING_NEVER};
	for (unsigned slot = 0; slot < map->layout.slots; slot++) {
		uint64_t state = load(&map->state[slot]), seq = ring_state_seq(state);
		if (ring_state_kind(state) == RING_CLAIMED)
			look.claimed++;
		else if (ring_state_kind(state) == RING_FREE && !ring_order_pinned(&writer->order, slot)) {
			look.unused = (int)slot;
			look.free = state;
		} else if (ring_state_kind(state) != RING_PUBLISHED || seq >= head || seq <= after || seq >= look.seq)
			continue;
		else if (writer->places.gate <= seq)
			look.gated = true;
		else if (!places_held(&writer->places, slot) && !ring_order_pinned(&writer->order, slot)) {
			look.oldest = (int)slot;
			look.seq = seq;
		}
	}
	return look;
}

/* As reclaim() in claim.c, with other writers about. */
static bool reclaim(struct ring_writer *writer, unsigned slot, uint64_t seq, uint64_t ticket)
{
	struct ring_map *map = writer->map;
	uint64_t published = ring_state(RING_PUBLISHED, 0, seq), try = ring_state(RING_TRY, writer->number, seq);
	for (uint64_t tail = load(&map->control->tail); tail <= seq; tail = load(&map->control->tail))
		swap(&map->control->tail, tail, seq + 1);
	if (!swap(&map->state[slot], published, try))
		return false;
	/* F_W, pairs with F_R in hold_announce() and F_A in gate_attach() */
	atomic_thread_fence(memory_order_seq_cst);
	if (places_protect(map, slot, seq)) {
		swap(&map->state[slot], try, published);
		return false;
	}
	return swap(&map->state[slot], try, claimed(writer, ticket));
}

/* Only the ticket whose turn it is may have the last slots, as all others wait for it. */
static unsigned most_claimed(const struct ring_map *map)
{
	return map->layout.slots - map->layout.max_writers - 1;
}

bool ring_pool_full(const struct ring_map *map)
{
	unsigned claimed = 0;
	for (unsigned slot = 0; slot < map->layout.slots; slot++)
		claimed += ring_state_kind(load(&map->state[slot])) == RING_CLAIMED;
	return claimed >= most_claimed(map) && ring_map_final(map) == RING_NEVER;
}

/* One look for a slot. */
static bool try_claim(struct ring_writer *writer, uint64_t ticket, unsigned *ret_slot, bool *ret_gated)
{
	const struct ring_map *map = writer->map;
	unsigned most = most_claimed(map);
	uint64_t after = 0;
	for (unsigned tries = 0; tries < map->layout.slots; tries++) { /* each that fails, another was faster */
		struct look found = look(writer, after);
		int slot = found.unused >= 0 ? found.unused : found.oldest;
		*ret_gated = found.gated;
		if (found.claimed >= most && load(&map->control->turn) != ticket)
			return false;
		if (slot < 0)
			return false;
		bool ours = found.unused >= 0 ? swap(&map->state[slot], found.free, claimed(writer, ticket))
					      : reclaim(writer, (unsigned)slot, found.seq, ticket);
		if (ours) {
			*ret_slot = (unsigned)slot;
			return true;
		}
		if (found.unused < 0)
			after = found.seq;
	}
	return false;
}

/* ---- tickets ---- */

static bool open_ticket(struct ring_writer *writer, uint64_t ticket, int *ret_error)
{
	*ret_error = ring_order_open(&writer->order, ticket, writer->number);
	if (*ret_error == -EALREADY) /* late: it gets its slot, and hears of it when it publishes */
		*ret_error = 0;
	return *ret_error == 0;
}

struct wanted {
	uint64_t ticket;
	unsigned *slot;
	bool opened;
	int error;
};

static bool attempt(struct ring_writer *writer, void *arg, bool *ret_gated)
{
	struct wanted *wanted = arg;
	help(writer, 0);
	if (!wanted->opened)
		wanted->opened = open_ticket(writer, wanted->ticket, &wanted->error);
	if (wanted->error == -EBUSY)
		return true;
	return wanted->opened && try_claim(writer, wanted->ticket, wanted->slot, ret_gated);
}

int ring_pool_claim(struct ring_writer *writer, uint64_t ticket, int64_t deadline_ns, unsigned *ret_slot)
{
	struct wanted wanted = {.ticket = ticket ? ticket : ring_order_ticket(&writer->order), .slot = ret_slot};
	int r = claim_until(writer, deadline_ns, attempt, &wanted);
	if (r == 0)
		return wanted.error;
	if (wanted.opened && ticket)
		ring_order_unopen(&writer->order, wanted.ticket, writer->number);
	else
		ring_order_cancel(&writer->order, wanted.ticket, writer->number);
	pthread_mutex_lock(&writer->lock);
	help(writer, 0);
	pthread_mutex_unlock(&writer->lock);
	return r;
}

uint64_t ring_pool_ticket(const struct ring_writer *writer, unsigned slot)
{
	return ring_state_seq(load(&writer->map->state[slot]));
}

static bool is_claimed(const struct ring_writer *writer, unsigned slot)
{
	return slot < writer->map->layout.slots &&
	       load(&writer->map->state[slot]) == claimed(writer, ring_pool_ticket(writer, slot));
}

/* With the ticket, so that the word is a new one: who found the slot free before, and without pins, looks again. */
static void give_back(struct ring_writer *writer, unsigned slot, uint64_t ticket)
{
	swap(&writer->map->state[slot], claimed(writer, ticket), ring_state(RING_FREE, 0, ticket));
}

int ring_pool_publish(struct ring_writer *writer, unsigned slot, const struct ring_meta *meta, const void *metadata,
		      uint64_t *ret_seq)
{
	if (!is_claimed(writer, slot))
		return error_set(EINVAL, "slot %u is not claimed", slot);
	if (claim_over(writer)) /* reads what nobody changes in a pool */
		return -EPIPE;
	int r = claim_describe(writer, slot, meta, metadata);
	if (r < 0)
		return r;
	pthread_mutex_lock(&writer->lock);
	uint64_t ticket = ring_pool_ticket(writer, slot);
	bool ready = ring_order_ready(&writer->order, ticket, writer->number, slot);
	if (!ready)
		give_back(writer, slot, ticket);
	uint64_t seq = help(writer, ticket);
	pthread_mutex_unlock(&writer->lock);
	if (!ready)
		return -ESTALE;
	*ret_seq = seq;
	return 0;
}

void ring_pool_cancel(struct ring_writer *writer, unsigned slot)
{
	if (!is_claimed(writer, slot))
		return;
	uint64_t ticket = ring_pool_ticket(writer, slot);
	pthread_mutex_lock(&writer->lock);
	ring_order_cancel(&writer->order, ticket, writer->number);
	give_back(writer, slot, ticket);
	help(writer, 0);
	pthread_mutex_unlock(&writer->lock);
}
