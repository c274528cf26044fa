/* Calls that a program wants to end, while the core says nothing: they end at once, and what was asked for in vain is
 * given back when the core goes on. */
#include "api/worker.h"
#include "base/clock.h"
#include "support/control_fixture.h"
#include "support/played_core.h"
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

static atomic_int questions;

static int second_time(void)
{
	return ++questions > 1;
}

static int (*wanted)(struct played *core);

static int call_interrupted(struct played *core)
{
	questions = 0;
	fb_interrupt(second_time);
	int err = wanted(core);
	fb_interrupt(NULL);
	return err;
}

static int reader_open(struct played *core)
{
	return fb_reader_open(core->broker, "none", NULL, &core->reader);
}

static int reader_read(struct played *core)
{
	return fb_reader_read(core->reader, FB_FOREVER, &core->frame);
}

static int writer_open(struct played *core)
{
	return fb_writer_open(core->broker, "mine", "width: 64", &core->writer);
}

static int writer_end(struct played *core)
{
	return fb_writer_end(core->writer);
}

static int wait_for_frames(struct played *core)
{
	return fb_wait(core->broker, "none", FB_FOREVER, &core->info);
}

static int events_open(struct played *core)
{
	return fb_events_open(core->broker, &core->events);
}

static int events_next(struct played *core)
{
	return fb_events_next(core->events, FB_FOREVER, &core->text);
}

static int add(struct played *core)
{
	return fb_add(core->broker, "source", "s", "url: x");
}

static int remove_entry(struct played *core)
{
	return fb_remove(core->broker, "source", "s");
}

static int restart(struct played *core)
{
	return fb_restart(core->broker, "source", "s");
}

static int reload(struct played *core)
{
	return fb_reload(core->broker);
}

static int kick(struct played *core)
{
	return fb_kick(core->broker, 7);
}

static int job(struct played *core)
{
	return fb_worker_job(core->broker, FB_FOREVER, &core->text);
}

static int worker_open(struct played *core)
{
	struct fb_worker_layout layout = {.claims = 1};
	return fb_worker_writer_open(core->broker, "cam", &layout, &core->writer);
}

static const struct {
	int (*call)(struct played *core);
	int (*before)(struct played *core); /* answered; NULL: nothing */
} cases[] = {
	{reader_open, NULL},
	{reader_read, reader_open},
	{writer_open, NULL},
	{writer_end, writer_open},
	{wait_for_frames, NULL},
	{events_open, NULL},
	{events_next, events_open},
	{call_status, NULL},
	{add, NULL},
	{remove_entry, NULL},
	{restart, NULL},
	{reload, NULL},
	{kick, NULL},
	{job, NULL},
	{worker_open, NULL},
};

/* Answers what was asked in vain, until nothing comes any more: a status that is asked for last. Returns whether one of
 * them was of that type. */
static bool answer_rest(struct played *core, enum wire_type type)
{
	struct call call;
	struct wire_packet packet;
	bool seen = false;
	call_begin(&call, core, call_status);
	while (!call.done) {
		if (poll(&(struct pollfd){.fd = core->fd, .events = POLLIN}, 1, 5) != 1)
			continue;
		played_take(core, &packet);
		seen |= packet.message.type == type;
		if (packet.message.type != WIRE_CANCEL)
			played_answer(core, &packet.message);
	}
	call_assert(&call, 0, "");
	return seen;
}

static void test_every_call(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct played core;
		struct call call;
		played_begin_connected(&core);
		if (cases[i].before)
			call_through(&core, cases[i].before);
		wanted = cases[i].call;
		call_begin(&call, &core, call_interrupted);
		call_assert(&call, -EINTR, "interrupted");
		answer_rest(&core, WIRE_ERROR);
		answer_rest(&core, WIRE_ERROR);
		played_assert_quiet(&core);
		if (cases[i].call == reader_open)
			assert_null(core.reader);
		played_end(&core);
	}
}

static void test_connecting(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	played_begin(&core);
	wanted = call_connect;
	call_begin(&call, &core, call_interrupted); /* nobody accepts */
	call_assert(&call, -EINTR, "interrupted");
	assert_null(core.broker);
	played_end(&core);
}

/* Its core has no memory for it as yet, and asks it to stop. */
static void test_a_worker_that_is_to_stop(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	struct wire_packet open;
	played_begin_connected(&core);
	call_begin(&call, &core, worker_open);
	played_take_type(&core, WIRE_WRITER_OPEN, &open);
	played_send(&core, &(struct wire_message){.type = WIRE_STOP}, NULL, 0);
	call_assert(&call, -ECANCELED, "cam: the worker is to stop");
	answer_rest(&core, WIRE_ERROR);
	answer_rest(&core, WIRE_ERROR);
	played_assert_quiet(&core);
	played_end(&core);
}

/* A reader's place that came too late is given back, and a writer's end is heard, also by the next core. */
static void test_nothing_is_left(void **state)
{
	(void)state;
	struct played core;
	struct call call;
	struct wire_packet packet;
	played_begin_connected(&core);
	wanted = reader_open;
	call_begin(&call, &core, call_interrupted);
	call_assert(&call, -EINTR, "interrupted");
	assert_true(answer_rest(&core, WIRE_READER_CLOSE) || answer_rest(&core, WIRE_READER_CLOSE));

	call_through(&core, writer_open);
	wanted = writer_end;
	call_begin(&call, &core, call_interrupted);
	played_take_type(&core, WIRE_WRITER_CLOSE, &packet);
	call_assert(&call, -EINTR, "interrupted");
	played_resume(&core);
	assert_true(answer_rest(&core, WIRE_WRITER_CLOSE));
	played_end(&core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call),
		cmocka_unit_test(test_connecting),
		cmocka_unit_test(test_a_worker_that_is_to_stop),
		cmocka_unit_test(test_nothing_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
