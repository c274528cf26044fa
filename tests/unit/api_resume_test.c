/* A core dies and another one goes on with the same socket, which this test plays: whatever a client had asked for, and
 * however far that had come, it is answered once and its caller notices nothing. */
#include "api/worker.h"
#include "base/clock.h"
#include "support/control_fixture.h"
#include "support/played_core.h"
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- what a client asks for ---- */

static int do_reader_open(struct played *core)
{
	return fb_reader_open(core->broker, "none", NULL, &core->reader);
}

static int do_read(struct played *core)
{
	return fb_reader_read(core->reader, PATIENCE, &core->frame);
}

static int do_reader_close(struct played *core)
{
	fb_reader_close(&core->reader);
	return 0;
}

static int do_writer_open(struct played *core)
{
	struct fb_slot slot = {0};
	int err = fb_writer_open(core->broker, "mine", "width: 64", &core->writer);
	if (err == 0)
		err = fb_writer_claim(core->writer, NULL, PATIENCE, &slot);
	fb_slot_cancel(&slot);
	return err;
}

static int do_writer_end(struct played *core)
{
	return fb_writer_end(core->writer);
}

static int do_wait(struct played *core)
{
	struct fb_stream_info info;
	return fb_wait(core->broker, "some", PATIENCE, &info);
}

static int do_job(struct played *core)
{
	free(core->text);
	core->text = NULL;
	return fb_worker_job(core->broker, PATIENCE, &core->text);
}

static int do_events_open(struct played *core)
{
	return fb_events_open(core->broker, &core->events);
}

static int do_add(struct played *core)
{
	return fb_add(core->broker, "source", "s", "url: x");
}

static int do_remove(struct played *core)
{
	return fb_remove(core->broker, "source", "s");
}

static int do_restart(struct played *core)
{
	return fb_restart(core->broker, "source", "s");
}

static int do_reload(struct played *core)
{
	return fb_reload(core->broker);
}

static int do_kick(struct played *core)
{
	return fb_kick(core->broker, 7);
}

/* ---- every request, however far it had come ---- */

enum progress { NOT_READ, NOT_ANSWERED, MORE_FOLLOWS, TWICE, PROGRESS_END };

static const struct request_case {
	enum wire_type type;
	int (*call)(struct played *core); /* sends it, perhaps among others */
} repeated[] =
	{
		{WIRE_READER_OPEN, do_reader_open}, {WIRE_READER_ATTACH, do_reader_open},
		{WIRE_WRITER_OPEN, do_writer_open}, {WIRE_WRITER_READY, do_writer_open},
		{WIRE_WRITER_CLOSE, do_writer_end}, {WIRE_WAIT, do_wait},
		{WIRE_STATUS, call_status},         {WIRE_JOB, do_job},
		{WIRE_EVENTS, do_events_open},
},
  changes[] = {
	  {WIRE_ADD, do_add},       {WIRE_REMOVE, do_remove}, {WIRE_RESTART, do_restart},
	  {WIRE_RELOAD, do_reload}, {WIRE_KICK, do_kick},
};

static void replace_core(struct played *core, enum progress progress)
{
	struct wire_packet packet;
	struct wire_message more = {.type = WIRE_PENDING, .place = PLAYED_PLACE, .flags = WIRE_MORE};
	switch (progress) {
	case NOT_READ: /* the old core leaves it, the new one finds it and drops the repetition */
		played_resume(core);
		played_take(core, &packet);
		assert_int_equal(packet.message.flags & WIRE_AGAIN, 0);
		played_take_again(core, &packet);
		break;
	case MORE_FOLLOWS:
	case NOT_ANSWERED: /* or the answer was lost: the client cannot tell */
		played_take(core, &packet);
		more.serial = packet.message.serial;
		if (progress == MORE_FOLLOWS)
			played_send(core, &more, NULL, 0);
		played_resume(core);
		played_take_again(core, &packet);
		break;
	case TWICE:
		played_take(core, &packet);
		played_resume(core);
		played_take_again(core, &packet);
		played_resume(core);
		played_take_again(core, &packet);
		break;
	case PROGRESS_END:
		break;
	}
	played_answer(core, &packet.message);
}

static void test_repeated(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++)
		for (enum progress progress = NOT_READ; progress < PROGRESS_END; progress++) {
			struct played core;
			struct call call;
			if (progress == MORE_FOLLOWS && repeated[i].type != WIRE_WRITER_OPEN)
				continue;
			played_begin_connected(&core);
			if (repeated[i].type == WIRE_WRITER_CLOSE)
				call_through(&core, do_writer_open);
			call_begin(&call, &core, repeated[i].call);
			played_serve_until(&core, repeated[i].type);
			replace_core(&core, progress);
			call_assert_served(&call);
			played_resume(&core); /* what is answered does not come again */
			played_assert_quiet(&core);
			played_end(&core);
		}
}

static void test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct played core;
		struct call call;
		played_begin_connected(&core);
		for (int answered = 0; answered < 2; answered++) {
			call_begin(&call, &core, changes[i].call);
			struct wire_packet packet;
			played_take(&core, &packet);
			assert_int_equal(packet.message.type, changes[i].type);
			if (answered)
				played_answer(&core, &packet.message);
			played_resume(&core);
			call_assert(&call, answered ? 0 : -EAGAIN, answered ? "" : "look at the status");
			played_assert_quiet(&core);
		}
		played_end(&core);
	}
}

/* Nobody waits for the answer to a reader's end, but it is not lost. */
static void test_reader_close(void **state)
{
	(void)state;
	for (int answered = 0; answered < 2; answered++) {
		struct played core;
		struct call call;
		played_begin_connected(&core);
		call_through(&core, do_reader_open);
		do_reader_close(&core);
		struct wire_packet packet;
		played_take_type(&core, WIRE_READER_CLOSE, &packet);
		if (answered)
			played_answer(&core, &packet.message);
		played_resume(&core);
		call_begin(&call, &core, call_status);
		if (!answered)
			played_take_again(&core, &packet);
		assert_int_equal(played_look(&core), WIRE_STATUS);
		played_take(&core, &packet);
		played_answer(&core, &packet.message);
		call_assert(&call, 0, "");
		played_end(&core);
	}
}

/* A new core knows nothing of memory that was not ready: the writer asks for other memory. */
static void test_writer_that_was_not_ready(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	played_begin_connected(&core);
	call_begin(&call, &core, do_writer_open);
	played_serve_until(&core, WIRE_WRITER_OPEN);
	struct wire_packet open;
	played_take(&core, &open);
	played_answer(&core, &open.message);
	struct wire_packet ready;
	played_take_type(&core, WIRE_WRITER_READY, &ready);
	played_resume(&core);
	played_take_again(&core, &ready);
	played_refuse(&core, &ready.message, ESTALE);
	assert_int_equal(played_look(&core), WIRE_WRITER_OPEN);
	struct wire_packet packet;
	played_take(&core, &packet);
	assert_int_equal(packet.message.flags & WIRE_AGAIN, 0);
	assert_int_not_equal(packet.message.serial, open.message.serial);
	played_answer(&core, &packet.message);
	played_take_type(&core, WIRE_WRITER_READY, &packet);
	played_answer(&core, &packet.message);
	call_assert(&call, 0, "");
	assert_int_equal(fb_writer_info(core.writer)->generation, 2);
	played_assert_quiet(&core);
	played_end(&core);
}

/* An opening that was given up while the core was dead: what comes of it is given back. */
static void test_opening_given_up(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	played_begin_connected(&core);
	call_begin(&call, &core, do_reader_open);
	struct wire_packet open;
	played_take(&core, &open);
	call_assert(&call, -ETIMEDOUT, "no answer to reader-open in time");
	struct wire_packet cancel;
	played_take_type(&core, WIRE_CANCEL, &cancel);
	played_resume(&core);
	call_begin(&call, &core, call_status);
	played_take_again(&core, &open);
	struct wire_packet status;
	played_take_type(&core, WIRE_STATUS, &status);
	played_answer(&core, &open.message);
	struct wire_packet packet;
	played_take_type(&core, WIRE_READER_CLOSE, &packet);
	assert_int_equal(packet.message.place, PLAYED_PLACE);
	played_answer(&core, &packet.message);
	played_answer(&core, &status.message);
	call_assert(&call, 0, "");
	played_end(&core);
}

/* ---- what goes on ---- */

static void test_many_at_once(void **state)
{
	(void)state;
	static int (*const makes[])(struct played *) = {do_wait, do_events_open, do_reader_open, do_reload, do_wait};
	enum { COUNT = sizeof makes / sizeof *makes };
	struct played core;
	struct call calls[COUNT];
	struct wire_packet packets[COUNT];
	played_begin_connected(&core);
	for (int i = 0; i < COUNT; i++) {
		call_begin(&calls[i], &core, makes[i]);
		played_take(&core, &packets[i]);
	}
	for (int round = 0; round < 3; round++) {
		played_resume(&core);
		for (int i = 0; i < COUNT; i++) /* in their order */
			if (packets[i].message.type != WIRE_RELOAD)
				played_take_again(&core, &packets[i]);
	}
	for (int i = COUNT; i-- > 0;)
		if (packets[i].message.type != WIRE_RELOAD)
			played_answer(&core, &packets[i].message);
	for (int i = 0; i < COUNT; i++)
		if (packets[i].message.type == WIRE_RELOAD)
			call_assert(&calls[i], -EAGAIN, "");
		else
			call_assert_served(&calls[i]);
	played_assert_quiet(&core);
	played_end(&core);
}

/* The message that there are frames may have been lost: who waits for it asks. */
static void test_waiting_readers_ask(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	played_begin_connected(&core);
	call_through(&core, do_reader_open);
	struct pollfd in = {.fd = fb_reader_fd(core.reader), .events = POLLIN};
	played_resume(&core);
	assert_int_equal(poll(&in, 1, 20000), 1);
	call_begin(&call, &core, do_read);
	struct wire_packet packet;
	played_take_type(&core, WIRE_READER_ATTACH, &packet);
	played_answer(&core, &packet.message);
	played_resume(&core);
	played_take_type(&core, WIRE_READER_ATTACH, &packet);
	assert_int_equal(packet.message.flags, 0);
	struct ring_writer *writer = ring_fixture_writer(&core.ring[0]);
	assert_int_equal(ring_fixture_publish(writer), 1);
	played_answer_generation(&core, &(struct wire_message){.serial = packet.message.serial, .place = PLAYED_PLACE},
				 0);
	call_assert(&call, 0, "");
	assert_int_equal(core.frame.seq, 1);

	/* From here on nothing is asked: frames flow and are held, whatever becomes of the core. */
	played_resume(&core);
	struct fb_frame held = core.frame;
	uint8_t first = held.data[0][0];
	for (int64_t seq = 2; seq < 40; seq++) {
		assert_int_equal(ring_fixture_publish(writer), seq);
		assert_int_equal(do_read(&core), 0);
		assert_int_equal(core.frame.seq, seq);
		assert_int_equal(core.frame.flags & FB_DISCONTINUITY, 0);
		assert_int_equal(core.frame.missed, 0);
		fb_frame_release(&core.frame);
	}
	assert_int_equal(held.data[0][0], first);
	fb_frame_release(&held);
	played_assert_quiet(&core);
	ring_writer_destroy(writer);
	played_end(&core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_reader_close),
		cmocka_unit_test(test_writer_that_was_not_ready),
		cmocka_unit_test(test_opening_given_up),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_waiting_readers_ask),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
