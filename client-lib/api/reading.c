/* reading.c: a reader from its opening to its end, and the frames in between. */
#include "api/reading.h"
#include "api/pump.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/name.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_NS (3 * NS_PER_SECOND) /* more than a core takes to be replaced */

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
	reader->subscriber.notice = reader_notice;
	reader->forks = fork_count();
	pthread_mutex_init(&reader->attach_lock, NULL);
	link_subscribe(broker, &reader->subscriber);

	/* The place must exist when this returns: a lossless reader loses nothing from here on, an unknown name is told
	 * now. Whether there are frames already does not matter. */
	int64_t deadline = clock_deadline(OPEN_NS);
	int err;
	do /* a broker that goes just now has a successor soon */
		err = reader_take_place(reader, deadline);
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
	reader_drop_place(reader);
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

int reader_after(struct fb_reader *reader, int err, int64_t deadline_ns)
{
	switch (err) {
	case -ENODATA: /* drained: on to the next generation */
		reader->done = reader->attachment->info->generation;
		reader_drop_attachment(reader);
		return 0;
	case -EOVERFLOW:
		log_warning("reader", "%s: took nothing for lossless_timeout, goes on as ordered", reader->stream);
		return 0;
	case -EAGAIN:
	case -ETIMEDOUT:
		/* A connection that is gone shows at the next reader_attach(). Before the time is looked at: a program
		 * may wait in slices, each shorter than ours. */
		link_poll(reader->broker, reader->place->session);
		return clock_left_ns(deadline_ns) == 0 ? reader_timed_out(reader) : 0;
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
