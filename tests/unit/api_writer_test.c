/* Writing, administration, waiting and events through the public functions, with a real server. */
#include "api/worker.h"
#include "base/clock.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_slots_outlive_the_writer(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	struct fb_slot slot, cancelled;
	assert_int_equal(fb_writer_claim(writer, NULL, 0, &cancelled), 0);
	fb_slot_cancel(&cancelled);
	fb_slot_cancel(&cancelled);
	assert_int_equal(fb_writer_claim(writer, NULL, 0, &slot), 0);
	fb_writer_close(&writer);
	fb_close(&broker);
	memset(slot.data[0], 1, 16 * (size_t)slot.linesize[0]);
	assert_int_equal(fb_slot_publish(&slot, NULL), -EPIPE);
	fb_slot_cancel(&slot);
}

static uint32_t published_flags(fb_writer *writer, int64_t pts_ns, fb_reader *reader)
{
	struct fb_slot slot;
	struct fb_frame frame;
	assert_int_equal(fb_writer_claim(writer, NULL, PATIENCE, &slot), 0);
	slot.pts_ns = pts_ns;
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
	assert_int_equal(fb_reader_read(reader, PATIENCE, &frame), 0);
	assert_int_equal(frame.pts_ns, slot.pts_ns);
	assert_int_equal(frame.duration_ns, slot.duration_ns);
	assert_int_equal(frame.capture_ns, slot.capture_ns);
	assert_int_equal(frame.utc_ns, slot.utc_ns);
	fb_frame_release(&frame);
	return frame.flags & FB_DISCONTINUITY;
}

/* Readers are told where a producer's time breaks, and get every frame. */
static void test_broken_time(void **state)
{
	const int64_t day = 24 * 3600 * SECOND;
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *reader = reader_of(broker, "shown", FB_LOSSLESS, 1);
	const struct {
		int64_t pts_ns;
		bool breaks;
	} steps[] = {{0, false},
		     {40, false},
		     {40, false},
		     {39, true},
		     {9 * SECOND, false},
		     {30 * SECOND, true},
		     {day, true},
		     {day + 40, false},
		     {0, true},
		     {-day, true},
		     {-day + 40, false},
		     {INT64_MAX, true},
		     {INT64_MIN + 1, true},
		     {FB_PTS_AUTO, true},
		     {FB_PTS_AUTO, false}};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		assert_int_equal(!!published_flags(writer, steps[i].pts_ns, reader), steps[i].breaks);
	fb_writer_close(&writer);
	writer = writer_of_shown(broker);
	assert_true(published_flags(writer, FB_PTS_AUTO, reader)); /* another writer's clock */
	assert_false(published_flags(writer, FB_PTS_AUTO, reader));
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
}

/* A slot that is held keeps its bytes, published or cancelled, when everybody has gone. */
static void test_held_slots(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	struct fb_slot slots[2];
	struct fb_frame held[2];
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fb_writer_claim(writer, NULL, 0, &slots[i]), 0);
		memset(slots[i].data[0], 42 + i, 16 * (size_t)slots[i].linesize[0]);
		assert_int_equal(fb_slot_hold(&slots[i], &held[i]), 0);
	}
	assert_int_equal(fb_slot_publish(&slots[0], NULL), 0);
	fb_slot_cancel(&slots[1]);
	assert_error(fb_slot_hold(&slots[1], &held[1]), -EINVAL, "already");
	for (int i = 0; i < 50; i++)
		write_value(writer, 7);
	fb_writer_close(&writer);
	fb_close(&broker);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(held[i].data[0][100], 42 + i);
		fb_frame_release(&held[i]);
		fb_frame_release(&held[i]);
	}
}

/* What is held goes back to the ring when it is let go. */
static void test_wait_hint(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *reader = reader_of(broker, "shown", FB_LOSSLESS, 1);
	struct fb_slot slot;
	unsigned room = 0;
	for (; fb_writer_claim(writer, NULL, 0, &slot) == 0; room++) {
		assert_int_equal(fb_slot_publish(&slot, NULL), 0);
		if (room == 0)
			assert_int_equal(fb_writer_wait_hint_ns(writer), 0);
	}
	assert_int_equal(room, 9); /* depth, spare and one */
	assert_int_equal(fb_writer_wait_hint_ns(writer), 40 * NS_PER_MS);
	struct fb_frame frame;
	assert_int_equal(fb_reader_read(reader, PATIENCE, &frame), 0);
	fb_frame_release(&frame);
	assert_int_equal(fb_writer_wait_hint_ns(writer), 0);
	assert_int_equal(fb_writer_claim(writer, NULL, 0, &slot), 0);
	fb_slot_cancel(&slot);
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
}

/* A decoder's reference keeps a published slot from being written, also after the writer was closed. */
static void test_pinned_slots(void **state)
{
	fb_broker *worker = control_fixture_worker(*state);
	fb_writer *writer = writer_of_cam(worker, 64), *reference = fb_worker_writer_ref(writer);
	struct fb_slot slot, other;
	assert_int_equal(fb_writer_claim(writer, NULL, 0, &slot), 0);
	uint32_t pinned = fb_worker_slot_id(&slot);
	const uint8_t *data = slot.data[0];
	memset(slot.data[0], 42, 16 * (size_t)slot.linesize[0]);
	assert_int_equal(fb_worker_publish_pinned(&slot, NULL), 0);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(fb_writer_claim(writer, NULL, 0, &other), 0);
		assert_int_not_equal(fb_worker_slot_id(&other), pinned);
		assert_int_equal(fb_slot_publish(&other, NULL), 0);
	}
	fb_writer_close(&writer);
	assert_int_equal(data[100], 42);
	fb_worker_unpin(reference, pinned);
	fb_worker_writer_unref(reference);
	fb_close(&worker);
}

/* Publishes a frame of a stream that is like "cam", whose reader gets it: of that width. */
static void assert_width(fb_writer *writer, const struct fb_frame *origin, fb_reader *reader, uint32_t width)
{
	struct fb_slot slot;
	struct fb_frame frame;
	uint64_t seq;
	assert_int_equal(fb_writer_claim(writer, origin, PATIENCE, &slot), 0);
	assert_int_equal(slot.info->width, width);
	assert_int_equal(fb_writer_info(writer)->width, width);
	assert_int_equal(fb_slot_publish(&slot, &seq), 0);
	assert_int_equal(fb_reader_read(reader, PATIENCE, &frame), 0);
	assert_int_equal(frame.info->width, width);
	assert_int_equal(frame.seq, seq);
	assert_int_equal(frame.missed, 0);
	fb_frame_release(&frame);
}

static void test_like_follows(void **state)
{
	fb_broker *worker = control_fixture_worker(*state), *broker = control_fixture_connect(*state);
	fb_writer *marked = NULL, *cam;
	struct fb_slot slot;
	assert_int_equal(fb_writer_open(broker, "marked", "{like: cam}", &marked), 0); /* before there is a layout */
	assert_int_equal(fb_writer_info(marked)->width, 0);
	assert_error(fb_writer_claim(marked, NULL, 0, &slot), -ETIMEDOUT,
		     "stream cam, which marked is like, has no layout so far");
	cam = writer_of_cam(worker, 64);
	fb_reader *reader = reader_of(broker, "cam", FB_ORDERED, 4),
		  *result = reader_of(broker, "marked", FB_LOSSLESS, 1);
	write_value(cam, 1);
	struct fb_frame small = read_frame(reader, 1), large;
	assert_width(marked, &small, result, 64);
	fb_writer_close(&cam);
	cam = writer_of_cam(worker, 128);
	write_value(cam, 2);
	large = read_frame(reader, 2);
	assert_width(marked, &small, result, 64); /* what is still under way keeps its layout */
	assert_width(marked, &large, result, 128);
	assert_width(marked, &small, result, 128);
	assert_width(marked, NULL, result, 128);
	fb_writer_close(&cam);
	cam = writer_of_cam(worker, 64);
	assert_width(marked, NULL, result, 64);
	fb_frame_release(&small);
	fb_frame_release(&large);
	fb_reader_close(&reader);
	fb_reader_close(&result);
	fb_writer_close(&marked);
	fb_writer_close(&cam);
	fb_close(&broker);
	fb_close(&worker);
}

/* One that nobody waits for any more leaves nothing behind. */
static void test_close_before_there_is_memory(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	for (int i = 0; i < 3; i++) {
		fb_writer *writer = NULL;
		struct fb_slot slot;
		assert_int_equal(
			fb_writer_open(broker, "marked", i % 2 ? "{like: cam}" : "{like: cam, depth: 2}", &writer), 0);
		assert_int_equal(fb_writer_claim(writer, NULL, 0, &slot), -ETIMEDOUT);
		fb_writer_close(&writer);
	}
	fb_close(&broker);
}

static void test_worker(void **state)
{
	fb_broker *worker = control_fixture_worker(*state);
	char *text = NULL;
	assert_int_equal(fb_worker_job(worker, PATIENCE, &text), 0);
	assert_string_equal(text, "job of 7");
	free(text);
	text = NULL;
	assert_int_equal(fb_worker_job_changed(worker, &text), 0);
	assert_null(text);
	assert_int_equal(fb_worker_report(worker, FB_LIVE, "{}"), 0);
	assert_false(fb_worker_stopping(worker));
	control_fixture_kill(*state);
	int64_t deadline_ns = clock_deadline(PATIENCE);
	while (!fb_worker_stopping(worker) && clock_left_ns(deadline_ns) > 0)
		usleep(1000);
	assert_true(fb_worker_stopping(worker));
	assert_int_equal(fb_worker_report(worker, FB_LIVE, "{}"), -EPIPE);
	assert_int_equal(fb_worker_job(worker, PATIENCE, &text), -EPIPE);
	fb_close(&worker);
}

static void test_changed_jobs(void **state)
{
	static const unsigned letters[] = {5, 16000, 20000, 1000000};
	fb_broker *worker = control_fixture_worker(*state);
	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
		char report[64], *text = NULL;
		snprintf(report, sizeof report, "{\"letters\": %u}", letters[i]);
		assert_int_equal(fb_worker_report(worker, FB_LIVE, report), 0);
		int64_t deadline_ns = clock_deadline(PATIENCE);
		while (fb_worker_job_changed(worker, &text) == 0 && clock_left_ns(deadline_ns) > 0)
			usleep(1000);
		assert_non_null(text);
		assert_int_equal(strlen(text), letters[i]);
		assert_int_equal(strspn(text, "j"), letters[i]);
		free(text);
	}
	fb_close(&worker);
}

static void test_administration(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	char *json = NULL;
	assert_int_equal(fb_add(broker, "source", "gate", "{url: x}"), 0);
	assert_int_equal(fb_remove(broker, "source", "gate"), 0);
	assert_int_equal(fb_restart(broker, "source", "gate"), 0);
	assert_int_equal(fb_reload(broker), 0);
	assert_error(fb_add(broker, "source", "a b", ""), -EINVAL, "the name");
	assert_error(fb_remove(broker, "a kind that is far too long", "gate"), -EINVAL, "kind");
	assert_error(fb_kick(broker, 999), -ENOENT, "999");
	for (int i = 0; i < 3; i++) {
		fb_writer *writer = writer_of_shown(broker);
		assert_int_equal(fb_status(broker, &json), 0);
		assert_non_null(strstr(json, "\"shown\""));
		free(json);
		fb_writer_close(&writer);
	}
	fb_close(&broker);
}

struct flow {
	fb_writer *writer;
	int delay_ms;
};

static void *write_later(void *context)
{
	const struct flow *flow = context;
	nanosleep(&(struct timespec){.tv_nsec = flow->delay_ms * NS_PER_MS}, NULL);
	write_value(flow->writer, 1);
	return NULL;
}

static void test_wait(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	struct fb_stream_info info = {.width = 7};
	for (int i = 0; i < 300; i++) /* more than may wait at once: each must be taken back */
		assert_int_equal(fb_wait(broker, "shown", NS_PER_MS, &info), -ETIMEDOUT);
	assert_error(fb_wait(broker, "nothing", 20 * NS_PER_MS, &info), -ETIMEDOUT, "no frames of nothing in time");
	assert_int_equal(info.width, 7);
	struct flow flow = {writer_of_shown(broker), 30};
	pthread_t thread;
	pthread_create(&thread, NULL, write_later, &flow);
	assert_int_equal(fb_wait(broker, "shown", PATIENCE, &info), 0);
	assert_int_equal(info.width, 64);
	pthread_join(thread, NULL);
	assert_int_equal(fb_wait(broker, "shown", 0, &info), 0);
	fb_writer_close(&flow.writer);
	fb_close(&broker);
}

static void assert_event(fb_events *events, const char *event)
{
	char *json = NULL;
	assert_int_equal(fb_events_next(events, PATIENCE, &json), 0);
	if (!strstr(json, event))
		fail_msg("%s instead of %s", json, event);
	free(json);
}

static void test_events(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_events *first = NULL, *second = NULL;
	char *json = NULL;
	assert_int_equal(fb_events_open(broker, &first), 0);
	assert_int_equal(fb_events_open(broker, &second), 0);
	assert_error(fb_events_next(first, 0, &json), -ETIMEDOUT, "no event");
	assert_error(fb_events_next(first, 20 * NS_PER_MS, &json), -ETIMEDOUT, "no event");
	assert_null(json);
	fb_writer *writer = writer_of_shown(broker);
	fb_writer_close(&writer);
	assert_event(first, "\"live\"");
	assert_event(first, "\"idle\"");
	assert_event(second, "\"live\"");
	fb_events_close(&first);
	assert_event(second, "\"idle\"");
	control_fixture_kill(*state);
	assert_error(fb_events_next(second, 20 * NS_PER_MS, &json), -ETIMEDOUT, "no event");
	control_fixture_start(*state);
	assert_error(fb_events_next(second, SECOND, &json), -ETIMEDOUT, "no event"); /* it has asked again */
	writer = writer_of_shown(broker);
	assert_event(second, "\"live\"");
	fb_events_close(&second);
	fb_writer_close(&writer);
	fb_close(&broker);
}

#define test(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_slots_outlive_the_writer),
		test(test_pinned_slots),
		test(test_broken_time),
		test(test_held_slots),
		test(test_wait_hint),
		test(test_like_follows),
		test(test_close_before_there_is_memory),
		test(test_worker),
		test(test_changed_jobs),
		test(test_administration),
		test(test_wait),
		test(test_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
