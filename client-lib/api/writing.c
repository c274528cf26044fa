/* writing.c: writing a stream: claim a slot, fill it in place, publish it. */
#include "api/member.h"
#include "api/slot.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/name.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_NS (250 * NS_PER_MS)
#define ANSWER_NS (50 * NS_PER_MS) /* not to wait still means to ask, and the answer has a way to come */
#define USUAL_NS (40 * NS_PER_MS)  /* a frame's duration where nobody tells */

static bool at_desk(const struct fb_writer *writer)
{
	return writer->desk && writer->desk->session == writer->broker->session;
}

static int ask(struct fb_writer *writer, int64_t deadline_ns)
{
	struct wire_message open = {
		.type = WIRE_WRITER_OPEN, .text = writer->create, .text_size = strlen(writer->create)};
	strcpy(open.name, writer->stream);
	uint32_t session;
	int err = link_ensure(writer->broker, deadline_ns, &session);
	if (err == 0)
		err = link_start(writer->broker, session, &open, &writer->asked);
	return err;
}

/* A desk in place of none, or of one that a lost connection or another layout has ended: whoever still reads there
 * moves on, too. A core that goes meanwhile has a successor, which is asked again. -ETIMEDOUT: what the broker was
 * asked for is still to come, and the next call waits on; -EINPROGRESS: so it is, and may take long. */
static int change_desk(struct fb_writer *writer, int64_t deadline_ns)
{
	desk_leave(writer->desk);
	writer->desk = NULL;
	for (;;) {
		int64_t least = writer->asked ? 0 : clock_deadline(ANSWER_NS);
		int err = writer->asked ? 0 : ask(writer, deadline_ns);
		if (err == 0)
			err = desk_take(writer->broker, &writer->asked, deadline_ns < least ? least : deadline_ns,
					writer->awaits, &writer->desk);
		if (err == 0)
			writer->info = ring_writer_map(writer->desk->ring)->layout.info;
		bool again = err == -EPIPE || err == -ESTALE;
		if (!again || clock_left_ns(deadline_ns) == 0)
			return err == -ESTALE ? error_set(ETIMEDOUT, "the broker's core was replaced") : err;
	}
}

int fb_writer_open(fb_broker *broker, const char *stream, const char *create, fb_writer **ret_writer)
{
	if (name_fault(stream))
		return error_set(EINVAL, "the name %s", name_fault(stream));
	struct fb_writer *writer = calloc(1, sizeof *writer);
	char *keys = strdup(create ? create : "");
	if (!writer || !keys) {
		free(writer);
		free(keys);
		return error_set(ENOMEM, "no memory for a writer");
	}
	writer->refs = 1;
	writer->broker = link_ref(broker);
	strcpy(writer->stream, stream);
	writer->create = keys;
	writer->opened_ns = clock_monotonic_ns();
	int err = change_desk(writer, clock_deadline(CALL_TIMEOUT_NS));
	if (err < 0 && !writer->asked) {
		writer_unref(writer);
		return err;
	}
	*ret_writer = writer;
	return 0;
}

static int end(struct fb_writer *writer, bool end_of_stream)
{
	if (writer->closed)
		return 0;
	writer->closed = true;
	link_drop(writer->broker, &writer->asked);
	return writer->desk ? desk_close(desk_ref(writer->desk), end_of_stream) : 0;
}

static void leave(struct fb_writer *writer)
{
	end(writer, false);
	writer_unref(writer);
}

void fb_writer_close(fb_writer **writer)
{
	struct fb_writer *self = writer ? *writer : NULL;
	if (!self)
		return;
	*writer = NULL;
	if (use_close(&self->use))
		leave(self);
}

static int begin(struct fb_writer *writer)
{
	if (use_begin(&writer->use))
		return 0;
	return error_set(
		EBUSY, "another thread is using this writer of %s: open one for each, where the stream has max_writers",
		writer->stream);
}

/* A public call is over. */
static int done(struct fb_writer *writer, int err)
{
	if (use_end(&writer->use))
		leave(writer);
	return err;
}

int fb_writer_end(fb_writer *writer)
{
	int err = begin(writer);
	return err < 0 ? err : done(writer, end(writer, true));
}

const struct fb_stream_info *fb_writer_info(const fb_writer *writer)
{
	return &writer->info;
}

/* Frames find room long after the core has gone, so the connection is looked at now and then. */
static void look_at_connection(struct fb_writer *writer, int64_t least_ns)
{
	int64_t now = clock_monotonic_ns();
	if (now - writer->looked_ns < least_ns)
		return;
	writer->looked_ns = now;
	link_poll(writer->broker, writer->desk->session);
}

/* Whether the stream is like another one whose layout has changed; with an origin, not before that is of the new one.
 */
static bool is_outdated(const struct fb_writer *writer, const struct fb_frame *origin)
{
	return ring_map_outdated(ring_writer_map(writer->desk->ring)) &&
	       !(origin && ring_layout_alike(origin->info, &writer->info));
}

static int sit_down(struct fb_writer *writer, const struct fb_frame *origin, int64_t deadline_ns)
{
	if (at_desk(writer))
		look_at_connection(writer, SLICE_NS);
	if (at_desk(writer) && !is_outdated(writer, origin))
		return 0;
	int err;
	do
		err = writer->worker ? error_set(EPIPE, "the broker is gone") : change_desk(writer, deadline_ns);
	while (err == -EINPROGRESS);
	if (err == -ETIMEDOUT && writer->asked)
		return *writer->awaits
			       ? error_set(ETIMEDOUT, "stream %s, which %s is like, has no layout so far",
					   writer->awaits, writer->stream)
			       : error_set(ETIMEDOUT, "the broker has no memory for stream %s yet", writer->stream);
	return err;
}

/* 0: the connection went, or the broker ended this generation; there may be another one. */
static int claim_failed(struct fb_writer *writer, int err, int64_t deadline_ns)
{
	look_at_connection(writer, 0); /* its loss may be the reason */
	if (err == -EPIPE && writer->worker)
		return error_set(EPIPE, "stream %s: the broker has ended this writer", writer->stream);
	if (err == -EPIPE) {
		desk_leave(writer->desk);
		writer->desk = NULL;
		return 0;
	}
	if (err != -ETIMEDOUT || !at_desk(writer) || clock_left_ns(deadline_ns) > 0)
		return err == -ETIMEDOUT ? 0 : err;
	return error_set(
		ETIMEDOUT,
		"no slot of %s became free in time: a lossless reader (a sink?) is behind, or readers and kept "
		"slots hold them all%s",
		writer->stream, writer->desk->member ? ", or its pool waits for a frame before this one" : "");
}

static int claim(struct fb_writer *writer, const struct fb_frame *origin, int64_t deadline_ns, struct fb_slot *ret_slot)
{
	struct attachment *source = NULL;
	unsigned number;
	int err = writer->desk->member ? member_claim(writer->desk, origin, deadline_ns, &number, &source)
				       : ring_writer_claim(writer->desk->ring, deadline_ns, &number);
	if (err < 0)
		return err;
	if (writer->desk->member)
		slot_fill_member(writer, number, origin, source, ret_slot);
	else
		slot_fill(writer, number, origin, ret_slot);
	return 0;
}

static int claim_until(struct fb_writer *writer, const struct fb_frame *origin, int64_t deadline_ns,
		       struct fb_slot *ret_slot)
{
	for (;;) {
		if (writer->closed)
			return error_set(EPIPE, "stream %s: this writer has ended it", writer->stream);
		if (use_closing(&writer->use))
			return error_set(EPIPE, "this writer of %s was closed by another thread", writer->stream);
		int64_t slice = clock_deadline(SLICE_NS);
		if (slice > deadline_ns)
			slice = deadline_ns;
		int err = sit_down(writer, origin, slice);
		if (err == -ETIMEDOUT && clock_left_ns(deadline_ns) > 0)
			continue;
		if (err < 0)
			return err;
		err = claim(writer, origin, slice, ret_slot);
		if (err == 0)
			return 0;
		err = claim_failed(writer, err, deadline_ns);
		if (err < 0)
			return err;
	}
}

int fb_writer_claim(fb_writer *writer, const struct fb_frame *origin, int64_t timeout_ns, struct fb_slot *ret_slot)
{
	int64_t deadline = clock_deadline(timeout_ns);
	int err = begin(writer);
	return err < 0 ? err : done(writer, claim_until(writer, origin, deadline, ret_slot));
}

/* No room means that a lossless reader, a sink perhaps, takes its time: a frame of it will be gone in one frame's time.
 */
static int64_t wait_hint(struct fb_writer *writer)
{
	unsigned number;
	if (writer->closed || !at_desk(writer) || writer->desk->member) /* a look would take a place in the order */
		return 0;
	if (ring_writer_claim(writer->desk->ring, 0, &number) == 0) {
		ring_writer_cancel(writer->desk->ring, number);
		return 0;
	}
	return writer->last.duration_ns > 0 ? writer->last.duration_ns : USUAL_NS;
}

int64_t fb_writer_wait_hint_ns(fb_writer *writer)
{
	if (begin(writer) < 0)
		return USUAL_NS; /* another thread waits already */
	int64_t hint_ns = wait_hint(writer);
	done(writer, 0);
	return hint_ns;
}
