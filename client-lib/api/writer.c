/* writer.c: writing a stream: claim a slot, fill it in place, publish it. */
#include "api/writer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/name.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_NS (250 * NS_PER_MS)

/* ---- one generation's writing side, kept alive by claimed and pinned slots ---- */

static int map_desk(struct wire_packet *reply, struct desk **ret_desk)
{
	struct desk *desk = calloc(1, sizeof *desk);
	if (!desk)
		return error_set(ENOMEM, "no memory for a writer");
	struct ring_map *map;
	int err = ring_map_writer(reply->fds, reply->fd_count, &map);
	reply->fd_count = 0; /* closed by the map */
	if (err == 0)
		err = ring_writer_create(map, &desk->ring);
	if (err < 0) {
		free(desk);
		return err;
	}
	desk->refs = 1;
	*ret_desk = desk;
	return 0;
}

static int tell_ready(const struct desk *desk)
{
	struct wire_message ready = {.type = WIRE_WRITER_READY, .place = desk->place};
	struct wire_packet *reply;
	int err = link_call(desk->broker, desk->session, &ready, clock_deadline(CALL_TIMEOUT_NS), &reply);
	if (err == 0)
		link_reply_free(reply);
	return err;
}

int desk_open(struct fb_broker *broker, uint32_t session, struct wire_message *open, struct desk **ret_desk)
{
	struct wire_packet *reply;
	int err = link_call(broker, session, open, DEADLINE_NEVER, &reply);
	if (err < 0)
		return err;
	struct desk *desk = NULL;
	uint32_t place = reply->message.place;
	if (reply->message.type != WIRE_GENERATION)
		err = error_set(EPROTO, "the broker answered with %s", wire_type_name(reply->message.type));
	else
		err = map_desk(reply, &desk);
	link_reply_free(reply);
	if (err == 0) {
		desk->broker = link_ref(broker);
		desk->session = session;
		desk->place = place;
		desk->opened_ns = clock_monotonic_ns();
		err = tell_ready(desk);
	}
	if (err < 0) { /* nor may the core go on waiting for us */
		struct wire_message close = {.type = WIRE_WRITER_CLOSE, .serial = SERIAL_NOBODY, .place = place};
		link_tell(broker, session, &close);
		desk_unref(desk);
		return err;
	}
	*ret_desk = desk;
	return 0;
}

struct desk *desk_ref(struct desk *desk)
{
	atomic_fetch_add(&desk->refs, 1);
	return desk;
}

void desk_unref(struct desk *desk)
{
	if (!desk || atomic_fetch_sub(&desk->refs, 1) != 1)
		return;
	ring_writer_destroy(desk->ring);
	link_unref(desk->broker);
	free(desk);
}

int desk_close(struct desk *desk, bool end_of_stream)
{
	int err = 0;
	if (!desk)
		return 0;
	if (ring_map_is_ours(ring_writer_map(desk->ring))) {
		ring_writer_finish(desk->ring);
		struct wire_message close = {.type = WIRE_WRITER_CLOSE,
					     .place = desk->place,
					     .flags = end_of_stream ? WIRE_END_OF_STREAM : 0};
		struct wire_packet *reply;
		err = link_call(desk->broker, desk->session, &close, clock_deadline(CALL_TIMEOUT_NS), &reply);
		if (err == 0)
			link_reply_free(reply);
	}
	desk_unref(desk);
	return err;
}

/* ---- the public writer ---- */

static int open_desk(struct fb_writer *writer, uint32_t session)
{
	struct wire_message open = {
		.type = WIRE_WRITER_OPEN, .text = writer->create, .text_size = strlen(writer->create)};
	strcpy(open.name, writer->stream);
	int err = desk_open(writer->broker, session, &open, &writer->desk);
	if (err == 0)
		writer->info = ring_writer_map(writer->desk->ring)->layout.info;
	return err;
}

static bool at_desk(const struct fb_writer *writer)
{
	return writer->desk && writer->desk->session == writer->broker->session;
}

/* Opens again what a lost connection has closed: whoever still reads there moves on, too. */
static int reopen(struct fb_writer *writer, int64_t deadline_ns)
{
	desk_close(writer->desk, false);
	writer->desk = NULL;
	for (;;) {
		uint32_t session;
		int err = link_ensure(writer->broker, deadline_ns, &session);
		if (err == 0)
			err = open_desk(writer, session);
		if (err != -EPIPE || clock_left_ns(deadline_ns) == 0)
			return err;
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
	int err = reopen(writer, clock_deadline(CALL_TIMEOUT_NS));
	if (err < 0) {
		fb_worker_writer_unref(writer);
		return err;
	}
	*ret_writer = writer;
	return 0;
}

void fb_worker_writer_unref(fb_writer *writer)
{
	if (!writer || atomic_fetch_sub(&writer->refs, 1) != 1)
		return;
	desk_unref(writer->desk);
	link_unref(writer->broker);
	free(writer->create);
	free(writer);
}

fb_writer *fb_worker_writer_ref(fb_writer *writer)
{
	atomic_fetch_add(&writer->refs, 1);
	return writer;
}

void fb_writer_close(fb_writer **writer)
{
	struct fb_writer *self = writer ? *writer : NULL;
	if (!self)
		return;
	*writer = NULL;
	if (self->desk && !self->closed)
		desk_close(desk_ref(self->desk), false);
	self->closed = true;
	fb_worker_writer_unref(self);
}

int fb_writer_end(fb_writer *writer)
{
	if (writer->closed)
		return 0;
	writer->closed = true;
	return writer->desk ? desk_close(desk_ref(writer->desk), true) : 0;
}

const struct fb_stream_info *fb_writer_info(const fb_writer *writer)
{
	return &writer->info;
}

int64_t fb_writer_wait_hint_ns(fb_writer *writer)
{
	(void)writer;
	return 0; /* a sink that paces its producers comes with the sinks */
}

/* The slot's own room for user metadata: what is written there needs no copy. */
static void *slot_metadata(const struct desk *desk, uint64_t number)
{
	const struct ring_map *map = ring_writer_map(desk->ring);
	return map->user + number * map->sizes.user_stride;
}

static void fill_slot(struct fb_writer *writer, unsigned number, const struct fb_frame *origin,
		      struct fb_slot *ret_slot)
{
	const struct ring_layout *layout = &ring_writer_map(writer->desk->ring)->layout;
	struct fb_slot slot = {
		.metadata = slot_metadata(writer->desk, number),
		.info = &layout->info,
		.pts_ns = origin ? origin->pts_ns : FB_PTS_AUTO,
		.duration_ns = origin ? origin->duration_ns : 0,
		.capture_ns = origin ? origin->capture_ns : 0,
		.utc_ns = origin ? origin->utc_ns : 0,
		.flags = origin ? origin->flags & FB_DISCONTINUITY : FB_KEY_FRAME,
		.samples = layout->info.frame_size,
	};
	uint8_t *data = ring_writer_data(writer->desk->ring, number);
	for (uint32_t i = 0; i < layout->info.planes; i++) {
		slot.data[i] = data + layout->plane_offset[i];
		slot.linesize[i] = layout->linesize[i];
	}
	slot.claim[0] = (uintptr_t)writer;
	slot.claim[1] = (uintptr_t)desk_ref(writer->desk);
	slot.claim[2] = number;
	fb_worker_writer_ref(writer);
	*ret_slot = slot;
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

static int claim_failed(const struct fb_writer *writer, int err)
{
	if (err == -ETIMEDOUT)
		return error_set(ETIMEDOUT,
				 "no slot of %s became free in time: its readers hold them all, or a lossless reader "
				 "is behind",
				 writer->stream);
	return err == -EPIPE ? error_set(EPIPE, "stream %s: the broker has ended this writer", writer->stream) : err;
}

int fb_writer_claim(fb_writer *writer, const struct fb_frame *origin, int64_t timeout_ns, struct fb_slot *ret_slot)
{
	int64_t deadline = clock_deadline(timeout_ns);
	if (writer->closed)
		return error_set(EPIPE, "stream %s: this writer has ended it", writer->stream);
	for (;;) {
		int err = 0;
		if (at_desk(writer))
			look_at_connection(writer, SLICE_NS);
		if (!at_desk(writer))
			err = writer->worker ? error_set(EPIPE, "the broker is gone") : reopen(writer, deadline);
		if (err < 0)
			return err;
		unsigned number;
		int64_t slice = clock_deadline(SLICE_NS);
		err = ring_writer_claim(writer->desk->ring, slice < deadline ? slice : deadline, &number);
		if (err == 0) {
			fill_slot(writer, number, origin, ret_slot);
			return 0;
		}
		look_at_connection(writer, 0); /* its loss may be the reason */
		if (at_desk(writer) && (err != -ETIMEDOUT || clock_left_ns(deadline) == 0))
			return claim_failed(writer, err);
	}
}

static void let_go(struct fb_slot *slot)
{
	struct fb_writer *writer = (struct fb_writer *)(uintptr_t)slot->claim[0];
	struct desk *desk = (struct desk *)(uintptr_t)slot->claim[1];
	slot->claim[0] = 0;
	desk_unref(desk);
	fb_worker_writer_unref(writer);
}

static int publish(struct fb_slot *slot, bool pin, uint64_t *ret_seq)
{
	struct desk *desk = (struct desk *)(uintptr_t)slot->claim[1];
	if (!slot->claim[0])
		return error_set(EINVAL, "this slot was published or cancelled already");
	if (!ring_map_is_ours(ring_writer_map(desk->ring)))
		return error_set(EPIPE, "this slot was claimed before the process forked: it is the parent's");
	int64_t now = clock_monotonic_ns();
	struct ring_meta meta = {
		.pts_ns = slot->pts_ns == FB_PTS_AUTO ? now - desk->opened_ns : slot->pts_ns,
		.duration_ns = slot->duration_ns,
		.capture_ns = slot->capture_ns ? slot->capture_ns : now,
		.utc_ns = slot->utc_ns ? slot->utc_ns : clock_utc_ns(),
		.flags = slot->flags,
		.samples = slot->samples,
		.metadata_size = (uint32_t)(slot->metadata_size < UINT32_MAX ? slot->metadata_size : UINT32_MAX),
	};
	uint64_t seq;
	const void *metadata = slot->metadata == slot_metadata(desk, slot->claim[2]) ? NULL : slot->metadata;
	int err = ring_writer_publish(desk->ring, (unsigned)slot->claim[2], &meta, metadata, pin, &seq);
	if (err == 0) {
		if (ret_seq)
			*ret_seq = seq;
		let_go(slot);
	}
	return err;
}

int fb_slot_publish(struct fb_slot *slot, uint64_t *ret_seq)
{
	return publish(slot, false, ret_seq);
}

int fb_worker_publish_pinned(struct fb_slot *slot, uint64_t *ret_seq)
{
	return publish(slot, true, ret_seq);
}

void fb_slot_cancel(struct fb_slot *slot)
{
	if (!slot || !slot->claim[0])
		return;
	struct desk *desk = (struct desk *)(uintptr_t)slot->claim[1];
	if (ring_map_is_ours(ring_writer_map(desk->ring)))
		ring_writer_cancel(desk->ring, (unsigned)slot->claim[2]);
	let_go(slot);
}
