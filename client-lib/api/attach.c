/* attach.c: the one loop that opens, attaches, and goes on after whatever happens in between. */
#include "api/attach.h"
#include "api/pump.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <string.h>

#define SLICE_NS (250 * NS_PER_MS)

int64_t reader_slice(int64_t deadline_ns)
{
	int64_t slice = clock_deadline(SLICE_NS);
	return slice < deadline_ns ? slice : deadline_ns;
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
		reader_news_place(reader, place->id);
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

int reader_take_place(struct fb_reader *reader, int64_t deadline_ns)
{
	uint32_t session;
	int err = link_ensure(reader->broker, deadline_ns, &session);
	return err < 0 ? err : open_place(reader, session, deadline_ns);
}

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
	reader_news_place(reader, reader->place->id); /* news from before the question are old */
	reader->pending = false;                      /* without an answer there is nothing to wait for: ask again */
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

int reader_timed_out(const struct fb_reader *reader)
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
		reader_drop_place(reader);
	for (;;) {
		int err = 0;
		if (use_closing(&reader->use))
			return error_set(EPIPE, "this reader of %s was closed by another thread", reader->stream);
		if (reader->attachment)
			return 0;
		if (reader->ended)
			return error_set(ENODATA, "stream %s has ended", reader->stream);
		if (!reader->place)
			err = reader_take_place(reader, deadline_ns);
		if (err == 0 && reader->pending)
			err = link_wait(reader->broker, reader->place->session, &reader->news,
					reader_slice(deadline_ns));
		if (err == 0)
			err = ask_generation(reader, deadline_ns);
		if (err == -EPIPE) /* the broker went: its successor is looked for, as long as there is time */
			reader_drop_place(reader);
		if (err == -EPIPE || err == -ETIMEDOUT) {
			if (clock_left_ns(deadline_ns) == 0)
				return reader->place ? reader_timed_out(reader) : -ETIMEDOUT;
		} else if (err < 0 && err != -EAGAIN && err != -ENODATA) {
			return err;
		}
	}
}
