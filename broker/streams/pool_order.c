/* pool_order.c: helps the order along where a member died, or sleeps; never publishes by itself. */
#include "streams/pool_order.h"
#include "base/error.h"
#include "clients/send.h"
#include "memory/words.h"
#include "ring/order.h"
#include "streams/opening.h"
#include <errno.h>

/* The memory that members write in, or are about to; NULL: there is none. */
struct memory *pool_memory(const struct stream *stream)
{
	if (stream->coming)
		return streams_memory(stream->coming);
	bool ready = stream->current && stream->current->state == GENERATION_READY;
	return ready ? streams_memory(stream->current) : NULL;
}

static struct ring_order_view order_of(const struct memory *memory)
{
	return ring_order_view(memory->control, &memory->layout);
}

static uint64_t load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

/* ---- the group whose frames make the order ---- */

static struct group *find_group(const struct control *control, uint64_t order)
{
	if (order < RING_ORDER_GROUPS || order - RING_ORDER_GROUPS > UINT32_MAX)
		return NULL;
	for (struct stream *stream = control->registry.streams; stream; stream = stream->next) {
		struct group *group = group_find(stream, (uint32_t)(order - RING_ORDER_GROUPS));
		if (group)
			return group;
	}
	return NULL;
}

/* The group's table that knows of that frame. False: there is none. */
static bool find_work(const struct group *group, uint64_t seq, struct ring_work_view *ret_work)
{
	const struct generation *generations[] = {group->stream->current, group->stream->previous};
	for (unsigned i = 0; i < 2; i++) {
		const struct memory *memory = streams_memory(generations[i]);
		if (!memory || !memory->pages[group->lead->index] || memory->layout.first > seq)
			continue;
		*ret_work = words_work(memory, group->lead->index);
		return true;
	}
	return false;
}

/* The first frame that one of the group's tables knows of. */
static uint64_t first_known(const struct group *group)
{
	const struct generation *generations[] = {group->stream->current, group->stream->previous};
	uint64_t first = RING_NEVER;
	for (unsigned i = 0; i < 2; i++) {
		const struct memory *memory = streams_memory(generations[i]);
		if (memory && memory->pages[group->lead->index] && memory->layout.first < first)
			first = memory->layout.first;
	}
	return first;
}

static void help(const struct control *control, struct memory *memory)
{
	struct ring_order_view order = order_of(memory);
	struct ring_work_view work;
	const struct group *group = find_group(control, load(&memory->control->order));
	bool known = group && find_work(group, load(&memory->control->turn), &work);
	if (group && !known && group->members == 0) /* nobody has a frame of a generation that is gone */
		ring_order_forsake(&order, 0, first_known(group) - 1, NULL);
	ring_order_help(&order, known ? &work : NULL, 0);
}

/* Of those frames the pools that follow the group get nothing any more that nobody has begun on. */
static void forsake(const struct group *group, uint64_t first, uint64_t last, const struct ring_work_view *work)
{
	const struct control *control = stream_owner(group->stream)->control;
	for (struct stream *stream = control->registry.streams; stream; stream = stream->next) {
		struct memory *memory = stream_is_pool(stream) ? pool_memory(stream) : NULL;
		if (!memory || load(&memory->control->order) != RING_ORDER_GROUPS + group->id)
			continue;
		struct ring_order_view order = order_of(memory);
		ring_order_forsake(&order, first, last, work);
		ring_order_help(&order, NULL, 0);
	}
}

void pool_forsake(const struct group *group, const struct generation *generation)
{
	const struct memory *memory = streams_memory(generation);
	if (!memory || !memory->pages[group->lead->index])
		return;
	struct ring_work_view work = words_work(memory, group->lead->index);
	forsake(group, memory->layout.first, words_head(memory), &work);
}

void pool_abandon(const struct group *group)
{
	forsake(group, 0, RING_NEVER, NULL);
}

/* ---- a generation begins and ends ---- */

void pool_begin(struct stream *stream, struct memory *memory)
{
	struct pool *pool = &stream_owner(stream)->pool;
	if (find_group(stream_owner(stream)->control, pool->order)) {
		atomic_store(&memory->control->order, pool->order);
		atomic_store(&memory->control->turn, pool->turn);
	}
	pool->waiting = 0;
	pool->ended = false;
}

void pool_retire(struct stream *stream)
{
	struct control *control = stream_owner(stream)->control;
	struct memory *memory = pool_memory(stream);
	for (unsigned i = 0; i < LIMIT_WRITERS; i++) {
		struct writer *writer = stream->pool[i];
		struct client *client = writer && writer->serial != 0 ? client_find(control, writer->client) : NULL;
		if (client)
			client_send_error(client, writer->serial,
					  error_set(EPIPE, "stream %s has begun anew", stream->name));
		stream->pool[i] = NULL;
	}
	if (!memory)
		return;
	struct ring_order_view order = order_of(memory);
	help(control, memory);
	for (unsigned i = 0; i < RING_TURNS; i++) { /* a member that goes on lying does not keep us */
		uint64_t ticket = ring_order_waiting(&order);
		if (ticket == 0 || ring_order_pass(&order, ticket) == 0)
			break;
		help(control, memory);
	}
	stream_owner(stream)->pool.order = load(&memory->control->order);
	stream_owner(stream)->pool.turn = load(&memory->control->turn);
}

/* ---- writers leave ---- */

/* What a writer leaves behind. */
static void sweep(const struct control *control, struct memory *memory, unsigned number, bool died)
{
	struct ring_order_view order = order_of(memory);
	atomic_store_explicit(&memory->roster->writer[number], 0, memory_order_release);
	ring_order_sweep(&order, number, died);
	help(control, memory);
	words_wake(memory);
}

void pool_restore(struct stream *stream)
{
	struct memory *memory = pool_memory(stream);
	for (unsigned i = 0; i < LIMIT_WRITERS && memory; i++) {
		uint32_t epoch = atomic_load(&memory->roster->writer[i]);
		if (epoch > stream->pool_epoch)
			stream->pool_epoch = epoch;
		if (epoch && !stream->pool[i])
			sweep(stream_owner(stream)->control, memory, i, true);
	}
}

bool pool_leave(struct stream *stream, struct writer *writer, bool end_of_stream, bool died)
{
	struct stream_owner *owner = stream_owner(stream);
	struct memory *memory = pool_memory(stream);
	stream_pool_leave(stream, writer);
	owner->pool.ended |= end_of_stream;
	if (!memory) /* without the one that opens, what the others wait for does not come */
		return stream->writer && owner->opening && !opening_is_of(stream, writer);
	sweep(owner->control, memory, writer->number, died);
	struct ring_order_view order = order_of(memory);
	return stream->writer || !ring_order_idle(&order);
}

/* ---- time ---- */

/* Who waits for its turn longer than reorder_timeout gets it: those before it have lost theirs. */
static void limit(struct stream *stream, struct memory *memory, int64_t now_ns)
{
	struct stream_owner *owner = stream_owner(stream);
	struct ring_order_view order = order_of(memory);
	uint64_t waiting = ring_order_waiting(&order);
	if (waiting == 0 || waiting != owner->pool.waiting) {
		owner->pool.waiting = waiting;
		owner->pool.since_ns = now_ns;
	} else if (now_ns - owner->pool.since_ns >= owner->pool.reorder_timeout_ns) {
		owner->pool.late += ring_order_pass(&order, waiting);
		streams_changed(stream);
		help(owner->control, memory);
	}
}

bool pool_tick(struct stream *stream, struct memory *memory, int64_t now_ns)
{
	struct control *control = stream_owner(stream)->control;
	struct ring_order_view order = order_of(memory);
	help(control, memory);
	limit(stream, memory, now_ns);
	uint64_t source = load(&memory->control->order);
	bool lost = source >= RING_ORDER_GROUPS && !find_group(control, source);
	return !lost || !ring_order_idle(&order);
}

bool pool_is_waiting(const struct memory *memory)
{
	struct ring_order_view order = order_of(memory);
	return !ring_order_idle(&order);
}
