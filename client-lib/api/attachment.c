/* attachment.c: places and attachments, and the frames that hold on to them. */
#include "api/attachment.h"
#include "api/reply.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int place_create(struct fb_broker *broker, uint32_t session, uint32_t id, struct place **ret_place)
{
	struct place *place = malloc(sizeof *place);
	if (!place)
		return error_set(ENOMEM, "no memory for a reader");
	*place = (struct place){.refs = 1, .broker = link_ref(broker), .session = session, .id = id};
	*ret_place = place;
	return 0;
}

struct place *place_ref(struct place *place)
{
	atomic_fetch_add(&place->refs, 1);
	return place;
}

void place_unref(struct place *place)
{
	if (!place || atomic_fetch_sub(&place->refs, 1) != 1)
		return;
	link_unref(place->broker);
	free(place);
}

void place_close(struct place *place)
{
	if (!place)
		return;
	struct wire_message close = {.type = WIRE_READER_CLOSE, .place = place->id};
	link_post(place->broker, place->session, &close); /* nothing in a forked child: there the session is over */
	place_unref(place);
}

static uint64_t load_seat(const struct ring_map *map, unsigned number)
{
	/* acquire: pairs with the core's release when it takes the place back */
	return atomic_load_explicit(&map->roster->place[number], memory_order_acquire);
}

static int map_ring(struct wire_packet *reply, struct ring_map **ret_map)
{
	const struct wire_message *message = &reply->message;
	int err = message->group ? ring_map_member(reply->fds, reply->fd_count, message->count, message->lead, ret_map)
				 : ring_map_reader(reply->fds, reply->fd_count, message->count, ret_map);
	reply->fd_count = 0; /* closed by the map */
	return err;
}

/* Where it is itself, unless a writer before had lied about its numbers: no generation begins before that. */
static uint64_t begin_at(const struct ring_map *map, const struct wire_packet *reply, uint64_t next)
{
	return next && next <= map->layout.first ? next : reply->message.position;
}

int attachment_create(struct place *place, struct wire_packet *reply, uint64_t next, struct attachment **ret_attachment)
{
	int err = reply_check_fds(reply);
	if (err < 0)
		return err;
	struct attachment *attachment = calloc(1, sizeof *attachment);
	if (!attachment)
		return error_set(ENOMEM, "no memory for a reader");
	struct ring_map *map;
	err = map_ring(reply, &map);
	if (err == 0) {
		attachment->number = reply->message.count;
		attachment->seat = load_seat(map, attachment->number);
		attachment->group = reply->message.group;
		err = attachment->group
			      ? ring_reader_join(map, attachment->number, reply->message.lead, &attachment->ring)
			      : ring_reader_create(map, attachment->number, begin_at(map, reply, next),
						   &attachment->ring);
	}
	if (err < 0) {
		free(attachment);
		return err;
	}
	attachment->refs = 1;
	attachment->place = place_ref(place);
	attachment->info = &ring_reader_map(attachment->ring)->layout.info;
	*ret_attachment = attachment;
	return 0;
}

struct attachment *attachment_ref(struct attachment *attachment)
{
	atomic_fetch_add(&attachment->refs, 1);
	return attachment;
}

void attachment_unref(struct attachment *attachment)
{
	if (!attachment || atomic_fetch_sub(&attachment->refs, 1) != 1)
		return;
	ring_reader_unref(attachment->ring);
	place_unref(attachment->place);
	free(attachment);
}

bool attachment_seated(const struct attachment *attachment)
{
	return load_seat(ring_reader_map(attachment->ring), attachment->number) == attachment->seat;
}

void attachment_leave(struct attachment *attachment)
{
	ring_reader_detach(attachment->ring);
	attachment_unref(attachment);
}

void attachment_fill(struct attachment *attachment, const struct ring_frame *from, struct fb_frame *ret_frame)
{
	const struct ring_layout *layout = &ring_reader_map(attachment->ring)->layout;
	struct fb_frame frame = {
		.metadata = from->metadata,
		.metadata_size = from->meta.metadata_size,
		.info = attachment->info,
		.seq = from->seq,
		.pts_ns = from->meta.pts_ns,
		.duration_ns = from->meta.duration_ns,
		.capture_ns = from->meta.capture_ns,
		.utc_ns = from->meta.utc_ns,
		.dts_ns = from->meta.dts_ns,
		.track = from->meta.track,
		.size = from->meta.size,
		.flags = from->meta.flags,
		.samples = from->meta.samples,
	};
	for (uint32_t i = 0; i < layout->info.planes; i++) {
		frame.data[i] = from->data + layout->plane_offset[i];
		frame.linesize[i] = layout->linesize[i];
	}
	if (layout->info.media == FB_PACKET)
		frame.data[0] = from->data;
	frame.hold[0] = (uintptr_t)attachment_ref(attachment);
	frame.hold[1] = from->slot;
	frame.hold[2] = (uintptr_t)from->copy;
	*ret_frame = frame;
}
