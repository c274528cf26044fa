/* generations.c: opens one generation for a writer, without ever blocking the loop. */
#include "streams/generations.h"
#include "base/error.h"
#include "clients/limits.h"
#include "clients/send.h"
#include "memory/available.h"
#include "memory/reserve.h"
#include "registry/stream_readers.h"
#include "streams/ends.h"
#include "streams/likes.h"
#include "streams/opening.h"
#include "streams/pool_order.h"
#include "streams/pools.h"
#include "streams/seats.h"
#include "streams/writers.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPENINGS_MAX 16 /* of one client: each has a process while its memory is being reserved */

/* Answers with the error at hand. */
static void fail(struct opening *opening, int err)
{
	struct client *client = opening->client;
	struct writer *writer = opening->writer;
	client_send_error(client, opening->serial, err);
	opening_drop(opening);
	writers_release(client, writer, false);
}

static void grant(struct opening *opening)
{
	struct stream *stream = opening->stream;
	if (stream_is_pool(stream))
		opening->writer->serial = opening->serial;
	else
		opening_answer(opening->writer, opening->serial, stream->coming);
	opening_free(opening);
	if (stream_is_pool(stream))
		pools_grant(stream);
}

static void on_reserved(void *context, int err)
{
	struct opening *opening = context;
	struct stream *stream = opening->stream;
	struct generation *generation = stream->coming;
	struct memory *memory = generation->memory;
	opening->reserve = NULL;
	if (err < 0)
		err = error_set(err,
				"stream %s needs %.2f MiB, which were not to be had (%s): make room, or lower "
				"depth/spare",
				stream->name, (double)memory->bytes / (1024 * 1024), strerrordesc_np(-err));
	if (err == 0)
		err = memory_begin(memory, stream->state == FB_ENDED ? FB_CONNECTING : stream->state);
	if (err == 0)
		err = seats_take_all(stream, generation);
	if (err == 0 && stream_is_pool(stream))
		pool_begin(stream, memory);
	if (err < 0)
		fail(opening, err);
	else
		grant(opening);
}

static enum memory_kind choose_kind(const struct opening *opening, uint64_t bytes)
{
	enum config_memory mode = opening->client->control->memory_mode;
	if (mode == CONFIG_MEMORY_SEALED && !stream_is_pool(opening->stream))
		return MEMORY_SEALED; /* a pool's memory stays open for writers to come */
	if (mode == CONFIG_MEMORY_SEALED || mode == CONFIG_MEMORY_MEMFD || !opening->client->is_worker)
		return MEMORY_MEMFD;
	return mode == CONFIG_MEMORY_AUTO && available_shm() < bytes ? MEMORY_MEMFD : MEMORY_POSIX;
}

static int reserve(struct opening *opening, struct generation *generation)
{
	struct control *control = opening->client->control;
	uint64_t bytes = memory_bytes(&opening->layout);
	enum memory_kind kind = choose_kind(opening, bytes);
	struct available_need need = {.stream = opening->stream->name,
				      .bytes = bytes,
				      .shm = kind == MEMORY_POSIX,
				      .limit = control->memory_limit,
				      .used = control->memory_used};
	struct memory *memory = NULL;
	int r = limits_memory(control, opening->stream, bytes);
	if (r == 0)
		r = available_check(&need);
	if (r == 0)
		r = memory_create(&opening->layout, kind, &memory);
	if (r < 0)
		return r;
	generation->memory = memory;
	memory->id = registry_id(&control->registry);
	control->memory_used += memory->bytes;
	const int fds[] = {memory->control_fd, memory->data_fd};
	const uint64_t sizes[] = {memory->sizes.control, memory->sizes.data};
	return reserve_start(control->loop, fds, sizes, 2, on_reserved, opening, &opening->reserve);
}

/* At most two generations are live: the one before the current goes now. */
static int begin(struct opening *opening)
{
	struct stream *stream = opening->stream;
	struct generation *previous = stream->previous, *generation = NULL;
	stream->previous = NULL;
	streams_drop_generation(stream, previous);
	int r = stream_begin(stream, &generation);
	if (r < 0)
		return r;
	opening->writer->generation = generation->number;
	opening->layout.info.generation = generation->number;
	opening->layout.first = generation->first;
	r = ring_layout_check(&opening->layout);
	return r < 0 ? r : reserve(opening, generation);
}

/* Begins as soon as the layout is known and no lossless reader needs the generation before the last. */
static int proceed(struct opening *opening)
{
	struct stream *stream = opening->stream;
	if (!opening->shaped) {
		int r = likes_layout(stream, &opening->layout);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
		opening->shaped = true;
	}
	if (stream_may_begin(stream))
		return begin(opening);
	loop_timer_set(opening->patience, opening->layout.lossless_timeout_ns);
	return 0;
}

static void on_patience(void *context)
{
	struct opening *opening = context;
	int r = opening->shaped ? begin(opening) : proceed(opening);
	if (r < 0)
		fail(opening, r);
}

int generations_open(struct client *client, struct stream *stream, uint32_t serial, const struct ring_layout *layout)
{
	if (client->openings >= OPENINGS_MAX)
		return error_set(EBUSY, "this client opens %d streams at once already: wait for the replies",
				 OPENINGS_MAX);
	struct opening *opening = calloc(1, sizeof *opening);
	if (!opening)
		return error_set(ENOMEM, "no memory to open stream %s", stream->name);
	*opening = (struct opening){.stream = stream, .client = client, .serial = serial, .shaped = layout};
	if (layout)
		opening->layout = *layout;
	stream_owner(stream)->opening = opening;
	client->openings++;
	int r = loop_timer_create(client->control->loop, on_patience, opening, &opening->patience);
	if (r == 0)
		r = writers_add(client, stream, serial, &opening->writer);
	if (r < 0) {
		opening_free(opening);
		return r;
	}
	r = proceed(opening);
	if (r < 0)
		fail(opening, r);
	else
		opening_tell(stream, opening->writer, serial);
	return 0;
}

void generations_forget(struct client *client, uint32_t serial)
{
	for (struct writer *writer = client->writers; writer; writer = writer->next) {
		struct opening *opening = writer->stream ? stream_owner(writer->stream)->opening : NULL;
		bool opens = opening && opening->writer == writer && opening->serial == serial;
		if (!opens && writer->serial != serial) /* a pool's member that waits has a serial */
			continue;
		if (opens)
			opening_drop(opening);
		writers_release(client, writer, false);
		return;
	}
}
