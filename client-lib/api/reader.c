/* reader.c: reading a stream: the one loop that opens, attaches, reads, and goes on after whatever happens in between.
 */
#include "api/reader.h"
#include "api/pump.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/name.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_NS (250 * NS_PER_MS)
#define OPEN_NS (3 * NS_PER_SECOND) /* more than a core takes to be replaced */

/* A STREAM message, with the broker locked; or RESUMED, where one may have been lost. */
static void on_notice(struct subscriber *self, const struct wire_message *message)
{
	struct fb_reader *reader = (struct fb_reader *)(void *)((char *)self - offsetof(struct fb_reader, subscriber));
	bool ours = message->type == WIRE_STREAM && message->place == reader->subscribed_place;
	if (ours)
		atomic_store(&reader->told_state, message->state);
	if (ours || message->type == WIRE_RESUMED)
		reader->news = true;
}

static void set_news_place(struct fb_reader *reader, uint32_t place)
{
	pthread_mutex_lock(&reader->broker->lock);
	reader->subscribed_place = place;
	reader->news = false;
	pthread_mutex_unlock(&reader->broker->lock);
}

/* ---- the place at the broker ---- */

static void drop_attachment(struct fb_reader *reader)
{
	struct attachment *attachment = reader->attachment;
	if (!attachment)
		return;
	if (ring_reader_position(attachment->ring) > reader->next)
		reader->next = ring_reader_position(attachment->ring);
	pthread_mutex_lock(&reader->attach_lock);
	reader->missed_before += ring_reader_missed(attachment->ring);
	reader->attachment = NULL;
	pthread_mutex_unlock(&reader->attach_lock);
	attachment_leave(attachment);
}

static void drop_place(struct fb_reader *reader)
{
	if (reader->attachment)
		gap_lost(&reader->gap, reader->attachment->ring);
	drop_attachment(reader);
	pthread_mutex_lock(&reader->attach_lock);
	struct place *place = reader->place;
	reader->place = NULL;
	pthread_mutex_unlock(&reader->attach_lock);
	if (place)
		set_news_place(reader, 0);
	atomic_store(&reader->told_state, FB_LOST); /* until a broker tells otherwise */
	place_close(place);
}

static int open_place(struct fb_reader *reader, uint32_t session, int64_t deadline_ns)
{
	struct wire_message open = {.type = WIRE_READER_OPEN, .mode = reader->mode, .max_held = reader->max_held};
	strcpy(open.name, reader->stream);
	strcpy(open.group_name, reader->group);
	struct wire_packet *reply;
	int err = link_call(reader->broker, session, &open, link_answer_deadline(deadline_ns), &reply);
	if (err < 0)
		return err;
	struct place *place = NULL;
	if (reply->message.type != WIRE_PLACE)
		err = error_set(EPROTO, "the broker answered with %s", wire_type_name(reply->message.type));
	else
		err = place_create(reader->broker, session, reply->message.place, &place);
	if (err == 0) {
		atomic_store(&reader->told_state, reply->message.state);
		set_news_place(reader, place->id);
		pthread_mutex_lock(&reader->attach_lock);
		reader->place = place;
		pthread_mutex_unlock(&reader->attach_lock);
		gap_opened(&reader->gap, reader->broker->number, reader->next);
		if (reader->next != 0) { /* another broker counts from another number */
			reader->next = 0;
			reader->discontinuity = true;
		}
		reader->done = 0;
		reader->pending = false;
		reader->ended = false;
	}
	link_reply_free(reply);
	return err;
}

static int take_place(struct fb_reader *reader, int64_t deadline_ns)
{
	uint32_t session;
	int err = link_ensure(reader->broker, deadline_ns, &session);
	return err < 0 ? err : open_place(reader, session, deadline_ns);
}

/* ---- attaching ---- */

static int take_generation(struct fb_reader *reader, struct wire_packet *reply)
{
	struct attachment *attachment;
	int err = attachment_create(reader->place, reply, reader->next, &attachment);
	if (err == -EPROTO && reply->message.generation > reader->done)
		reader->done = reply->message.generation; /* its writer spoilt it: the next one, then */
	if (err < 0)
		return err;
	if (attachment->info->generation <= reader->done) {
		attachment_leave(attachment);
		return error_set(EPROTO, "the broker sent a generation of %s that was over", reader->stream);
	}
	reader->info = *attachment->info;
	uint64_t missed = gap_close(&reader->gap, attachment->ring);
	if (attachment->group) /* the group's numbers are not its members' */
		missed = 0;
	reader->gap_missed += missed;
	pthread_mutex_lock(&reader->attach_lock);
	reader->missed_before += missed;
	reader->attachment = attachment;
	pthread_mutex_unlock(&reader->attach_lock);
	return 0;
}

/* Asks once for the next generation. 0: attached; -EAGAIN: none yet; -ENODATA: there will be none. */
static int ask_generation(struct fb_reader *reader, int64_t deadline_ns)
{
	set_news_place(reader, reader->place->id); /* news from before the question are old */
	reader->pending = false;                   /* without an answer there is nothing to wait for: ask again */
	struct wire_message ask = {.type = WIRE_READER_ATTACH, .place = reader->place->id, .generation = reader->done};
	struct wire_packet *reply;
	int err = link_call(reader->broker, reader->place->session, &ask, link_answer_deadline(deadline_ns), &reply);
	if (err < 0)
		return err;
	reader->pending = reply->message.type == WIRE_PENDING;
	if (reply->message.type == WIRE_GENERATION) {
		err = take_generation(reader, reply);
	} else if (reader->pending) {
		atomic_store(&reader->told_state, reply->message.state);
		reader->ended = reply->message.error == ENODATA;
		err = reader->ended ? -ENODATA : -EAGAIN;
	} else {
		err = error_set(EPROTO, "the broker answered with %s", wire_type_name(reply->message.type));
	}
	link_reply_free(reply);
	return err;
}

static int timed_out(const struct fb_reader *reader)
{
	static const char *const states[] = {"idle", "connecting", "live", "stalled", "lost", "ended"};
	enum fb_state state = fb_reader_state(reader);
	return error_set(ETIMEDOUT, "no frame of %s in time, it is %s: `framebroker show %s` tells more",
			 reader->stream, (unsigned)state < sizeof states / sizeof *states ? states[state] : "unknown",
			 reader->stream);
}

void reader_adopt(struct fb_reader *reader)
{
	if (reader->forks == fork_count())
		return;
	reader->forks = fork_count();
	pthread_mutex_init(&reader->attach_lock, NULL);
	pump_stop(reader->pump);
	reader->pump = NULL;
}

static bool connected(const struct fb_reader *reader)
{
	return reader->place->session == reader->broker->session &&
	       (!reader->attachment || attachment_seated(reader->attachment));
}

int reader_attach(struct fb_reader *reader, int64_t deadline_ns)
{
	reader_adopt(reader);
	if (reader->place && !connected(reader))
		drop_place(reader);
	for (;;) {
		int err = 0;
		if (use_closing(&reader->use))
			return error_set(EPIPE, "this reader of %s was closed by another thread", reader->stream);
		if (reader->attachment)
			return 0;
		if (reader->ended)
			return error_set(ENODATA, "stream %s has ended", reader->stream);
		if (!reader->place)
			err = take_place(reader, deadline_ns);
		if (err == 0 && reader->pending)
			err = link_wait(reader->broker, reader->place->session, &reader->news,
					reader_slice(deadline_ns));
		if (err == 0)
			err = ask_generation(reader, deadline_ns);
		if (err == -EPIPE) /* the broker went: its successor is looked for, as long as there is time */
			drop_place(reader);
		if (err == -EPIPE || err == -ETIMEDOUT) {
			if (clock_left_ns(deadline_ns) == 0)
				return reader->place ? timed_out(reader) : -ETIMEDOUT;
		} else if (err < 0 && err != -EAGAIN && err != -ENODATA) {
			return err;
		}
	}
}

/* ---- opening and closing ---- */

int fb_reader_open(fb_broker *broker, const char *stream, const struct fb_reader_options *options,
		   fb_reader **ret_reader)
{
	static const struct fb_reader_options defaults = FB_READER_OPTIONS;
	struct fb_reader_options chosen = defaults;
	if (options)
		memcpy(&chosen, options, options->struct_size < sizeof chosen ? options->struct_size : sizeof chosen);
	if (name_fault(stream))
		return error_set(EINVAL, "the name %s", name_fault(stream));
	if (chosen.group && name_fault(chosen.group))
		return error_set(EINVAL, "the group's name %s", name_fault(chosen.group));
	if (chosen.mode > FB_LOSSLESS || chosen.max_held < 1 || chosen.max_held > LIMIT_HELD)
		return error_set(
			EINVAL,
			"reader of %s: max_held is from 1 to %d, mode one of FB_LATEST, FB_ORDERED, FB_LOSSLESS",
			stream, LIMIT_HELD);

	struct fb_reader *reader = calloc(1, sizeof *reader);
	if (!reader)
		return error_set(ENOMEM, "no memory for a reader");
	reader->broker = link_ref(broker);
	strcpy(reader->stream, stream);
	if (chosen.group)
		strcpy(reader->group, chosen.group);
	reader->mode = chosen.mode;
	reader->max_held = chosen.max_held;
	reader->subscriber.notice = on_notice;
	reader->forks = fork_count();
	pthread_mutex_init(&reader->attach_lock, NULL);
	link_subscribe(broker, &reader->subscriber);

	/* The place must exist when this returns: a lossless reader loses nothing from here on, an unknown name is told
	 * now. Whether there are frames already does not matter. */
	int64_t deadline = clock_deadline(OPEN_NS);
	int err;
	do /* a broker that goes just now has a successor soon */
		err = take_place(reader, deadline);
	while (err == -EPIPE && clock_left_ns(deadline) > 0);
	if (err == 0)
		err = reader_attach(reader, 0);
	if (err < 0 && !((err == -ETIMEDOUT || err == -ENODATA) && reader->place)) {
		fb_reader_close(&reader);
		return err;
	}
	*ret_reader = reader;
	return 0;
}

static void destroy(struct fb_reader *reader)
{
	reader_adopt(reader);
	pump_stop(reader->pump);
	drop_place(reader);
	link_unsubscribe(reader->broker, &reader->subscriber);
	pthread_mutex_destroy(&reader->attach_lock);
	link_unref(reader->broker);
	free(reader);
}

void fb_reader_close(fb_reader **reader)
{
	struct fb_reader *self = reader ? *reader : NULL;
	if (!self)
		return;
	*reader = NULL;
	if (use_close(&self->use))
		destroy(self);
}

int reader_begin(struct fb_reader *reader)
{
	if (use_begin(&reader->use))
		return 0;
	return error_set(EBUSY, "another thread is using this reader of %s: open one for each thread", reader->stream);
}

int reader_end(struct fb_reader *reader, int err)
{
	if (use_end(&reader->use))
		destroy(reader);
	return err;
}

/* ---- reading ---- */

int64_t reader_slice(int64_t deadline_ns)
{
	int64_t slice = clock_deadline(SLICE_NS);
	return slice < deadline_ns ? slice : deadline_ns;
}

int reader_after(struct fb_reader *reader, int err, int64_t deadline_ns)
{
	switch (err) {
	case -ENODATA: /* drained: on to the next generation */
		reader->done = reader->attachment->info->generation;
		drop_attachment(reader);
		return 0;
	case -EOVERFLOW:
		log_warning("reader", "%s: took nothing for lossless_timeout, goes on as ordered", reader->stream);
		return 0;
	case -EAGAIN:
	case -ETIMEDOUT:
		/* A connection that is gone shows at the next reader_attach(). Before the time is looked at: a program
		 * may wait in slices, each shorter than ours. */
		link_poll(reader->broker, reader->place->session);
		return clock_left_ns(deadline_ns) == 0 ? timed_out(reader) : 0;
	case -ESTALE:
		return error_set(ESTALE, "that frame of %s is no longer in the ring: raise its depth", reader->stream);
	case -ENOBUFS:
		return error_set(ENOBUFS,
				 "this reader of %s holds max_held = %u frames already: release one, or keep copies",
				 reader->stream, reader->max_held);
	default:
		return err;
	}
}

/* Whether time does not go on, whoever wrote the frames: a file that was started again begins anew. Packets are not in
 * the order of their times, nor is what a group's member gets of others; a batch may bring frames again. */
static bool breaks(const struct fb_reader *reader, const struct fb_frame *frame)
{
	if (frame->info->media == FB_PACKET || reader->attachment->group || reader->next == 0 ||
	    frame->seq < reader->next)
		return false;
	return frame->pts_ns < reader->last_pts_ns ||
	       (frame->pts_ns == reader->last_pts_ns && frame->info->generation != reader->last_generation);
}

void reader_give(struct fb_reader *reader, const struct ring_frame *frame, struct fb_frame *ret_frame)
{
	uint64_t missed = frame->missed + reader->gap_missed;
	attachment_fill(reader->attachment, frame, ret_frame);
	ret_frame->missed = missed < UINT32_MAX ? (uint32_t)missed : UINT32_MAX;
	if (reader->attachment->group)
		ret_frame->hold[1] |= ATTACHMENT_TAKEN;
	if (reader->discontinuity || breaks(reader, ret_frame))
		ret_frame->flags |= FB_DISCONTINUITY;
	reader->discontinuity = false;
	reader->gap_missed = 0;
	reader->next = ring_reader_position(reader->attachment->ring);
	reader->last_pts_ns = ret_frame->pts_ns;
	reader->last_generation = ret_frame->info->generation;
}

int fb_reader_read(fb_reader *reader, int64_t timeout_ns, struct fb_frame *ret_frame)
{
	int64_t deadline = clock_deadline(timeout_ns);
	int err = reader_begin(reader);
	if (err < 0)
		return err;
	do {
		err = reader_attach(reader, deadline);
		if (err < 0)
			break;
		struct ring_frame frame;
		err = ring_reader_next(reader->attachment->ring, reader_slice(deadline), &frame);
		if (err == 0) {
			reader_give(reader, &frame, ret_frame);
			break;
		}
		err = reader_after(reader, err, deadline);
	} while (err == 0);
	pump_settle(reader->pump, reader);
	return reader_end(reader, err);
}

/* The lock of place and attachment, for those who only ask. In a forked child a thread of its parent may have it. */
static pthread_mutex_t *lock(const struct fb_reader *reader)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&reader->attach_lock;
	if (reader->forks != fork_count())
		pthread_mutex_init(lock, NULL);
	pthread_mutex_lock(lock);
	return lock;
}

enum fb_state fb_reader_state(const fb_reader *reader)
{
	if (reader->ended)
		return FB_ENDED;
	enum fb_state state = (enum fb_state)atomic_load(&reader->told_state);
	pthread_mutex_t *locked = lock(reader);
	if (reader->attachment && reader->place->session == reader->broker->session)
		state = ring_map_state(ring_reader_map(reader->attachment->ring));
	pthread_mutex_unlock(locked);
	return state;
}

const struct fb_stream_info *fb_reader_info(const fb_reader *reader)
{
	return &reader->info;
}

uint64_t fb_reader_missed(const fb_reader *reader)
{
	pthread_mutex_t *locked = lock(reader);
	uint64_t missed = reader->missed_before;
	if (reader->attachment)
		missed += ring_reader_missed(reader->attachment->ring);
	pthread_mutex_unlock(locked);
	return missed;
}

int fb_reader_fd(fb_reader *reader)
{
	int err = reader_begin(reader);
	if (err < 0)
		return err;
	reader_adopt(reader);
	if (!reader->pump)
		err = pump_start(reader, &reader->pump);
	return reader_end(reader, err < 0 ? err : pump_fd(reader->pump));
}
