/* desk.c: getting a generation to write in, and leaving it. */
#include "api/desk.h"
#include "api/attachment.h"
#include "api/reply.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int map_desk(struct wire_packet *reply, struct desk **ret_desk)
{
	int err = reply_check_fds(reply);
	if (err < 0)
		return err;
	struct desk *desk = calloc(1, sizeof *desk);
	if (!desk)
		return error_set(ENOMEM, "no memory for a writer");
	struct ring_map *map;
	err = ring_map_writer(reply->fds, reply->fd_count, &map);
	reply->fd_count = 0; /* closed by the map */
	if (err == 0) {
		desk->member = map->layout.max_writers > 1;
		err = desk->member ? ring_pool_join(map, reply->message.count, &desk->ring)
				   : ring_writer_create(map, &desk->ring);
	}
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

int desk_take(struct fb_broker *broker, struct request **request, int64_t deadline_ns, char ret_awaits[LIMIT_NAME + 1],
	      struct desk **ret_desk)
{
	struct wire_packet *reply;
	uint32_t session = (*request)->session;
	int err = link_finish(broker, request, deadline_ns, &reply);
	if (err < 0)
		return err;
	if (reply->message.type == WIRE_PENDING && reply->message.flags & WIRE_MORE) {
		strcpy(ret_awaits, reply->message.name);
		link_reply_free(reply);
		return -EINPROGRESS;
	}
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
		err = tell_ready(desk);
	}
	if (err < 0) {
		struct wire_message close = {.type = WIRE_WRITER_CLOSE, .place = place};
		if (err != -ESTALE) /* nor may the core go on waiting for us */
			link_post(broker, session, &close);
		desk_unref(desk);
		return err == -ETIMEDOUT ? error_set(EPIPE, "the broker does not answer") : err;
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
	attachment_unref(desk->source);
	link_unref(desk->broker);
	free(desk);
}

static bool is_ours(const struct desk *desk)
{
	return desk && ring_map_is_ours(ring_writer_map(desk->ring));
}

static struct wire_message close_message(const struct desk *desk, bool end_of_stream)
{
	return (struct wire_message){
		.type = WIRE_WRITER_CLOSE, .place = desk->place, .flags = end_of_stream ? WIRE_END_OF_STREAM : 0};
}

/* Whether a member has no slots that the broker would have to wait for. */
static bool member_leaves(struct desk *desk, bool end_of_stream)
{
	uint32_t flags = DESK_LEFT | (end_of_stream ? DESK_END : 0);
	return atomic_fetch_or(&desk->slots, flags) == 0;
}

void desk_slot_begins(struct desk *desk)
{
	atomic_fetch_add(&desk->slots, 1);
}

void desk_slot_ends(struct desk *desk)
{
	uint32_t left = atomic_fetch_sub(&desk->slots, 1) - 1;
	if (!(left & DESK_LEFT) || left & ~(DESK_LEFT | DESK_END) || !is_ours(desk))
		return;
	struct wire_message close = close_message(desk, left & DESK_END);
	link_post(desk->broker, desk->session, &close);
}

void desk_leave(struct desk *desk)
{
	if (is_ours(desk) && !desk->member)
		ring_writer_finish(desk->ring);
	if (is_ours(desk) && desk->member && member_leaves(desk, false)) {
		struct wire_message close = close_message(desk, false);
		link_post(desk->broker, desk->session, &close);
	}
	desk_unref(desk);
}

int desk_close(struct desk *desk, bool end_of_stream)
{
	int err = 0;
	if (is_ours(desk) && (!desk->member || member_leaves(desk, end_of_stream))) {
		if (!desk->member)
			ring_writer_finish(desk->ring);
		struct wire_message close = close_message(desk, end_of_stream);
		struct wire_packet *reply;
		err = link_call(desk->broker, desk->session, &close, clock_deadline(CALL_TIMEOUT_NS), &reply);
		if (err == 0)
			link_reply_free(reply);
	}
	desk_unref(desk);
	return err;
}
