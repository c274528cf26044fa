/* pools.c: who joins, and when it is over. */
#include "streams/pools.h"
#include "base/clock.h"
#include "memory/words.h"
#include "streams/ends.h"
#include "streams/groups.h"
#include "streams/opening.h"
#include "streams/pool_order.h"
#include "streams/writers.h"

bool pools_joinable(struct stream *stream)
{
	const struct memory *memory = pool_memory(stream);
	if (memory && words_outdated(memory))
		streams_retire(stream);
	return stream_owner(stream)->opening || pool_memory(stream);
}

static void grant(struct writer *writer)
{
	struct stream *stream = writer->stream;
	struct memory *memory = pool_memory(stream);
	streams_changed(stream);
	/* release: pairs with the acquire in ring_pool_join() and claim_over() */
	atomic_store_explicit(&memory->roster->writer[writer->number], ++stream->pool_epoch, memory_order_release);
	opening_answer(writer, writer->serial, stream->coming ? stream->coming : stream->current);
	writer->serial = 0;
}

int pools_join(struct client *client, struct stream *stream, uint32_t serial)
{
	struct writer *writer = NULL;
	int r = writers_add(client, stream, serial, &writer);
	if (r < 0)
		return r;
	writer->serial = serial;
	if (pool_memory(stream))
		grant(writer);
	else
		opening_tell(stream, writer, serial);
	return 0;
}

void pools_grant(struct stream *stream)
{
	for (unsigned i = 0; i < LIMIT_WRITERS; i++)
		if (stream->pool[i] && stream->pool[i]->serial != 0)
			grant(stream->pool[i]);
	streams_look_soon(stream_owner(stream)->control);
}

/* ---- time ---- */

/* True: there is something to look at again. */
static bool look_at_pool(struct stream *stream, int64_t now_ns)
{
	struct memory *memory = stream->coming ? NULL : pool_memory(stream);
	if (!stream_is_pool(stream) || !memory)
		return stream_is_pool(stream) && stream->writer;
	bool goes_on = pool_tick(stream, memory, now_ns);
	if (!stream->writer && !pool_is_waiting(memory))
		writers_pool_ends(stream);
	else if (!goes_on) /* its members get another generation, for another order */
		streams_retire(stream);
	else
		return true;
	return false;
}

void pools_tick(void *context)
{
	struct control *control = context;
	int64_t now_ns = clock_monotonic_ns();
	bool more = false;
	for (struct stream *stream = control->registry.streams, *next = NULL; stream; stream = next) {
		next = stream->next;
		more |= groups_tick(stream, now_ns);
		more |= look_at_pool(stream, now_ns); /* may free it */
	}
	streams_free_removed(control);
	control->looking = false;
	if (more)
		streams_look_soon(control);
}
