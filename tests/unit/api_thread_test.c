/* Many threads, one broker: whoever waits receives for all. And many readers, none of which leaves anything behind. */
#include "base/clock.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FRAMES 3000

struct shared {
	fb_broker *broker;
	atomic_bool stop;
	_Atomic int calls, waited;
};

static void *read_all(void *context)
{
	struct shared *shared = context;
	fb_reader *reader = reader_of(shared->broker, "shown", FB_LOSSLESS, 2);
	shared->waited++;
	for (int i = 0; i < FRAMES; i++)
		read_value(reader, (uint8_t)i);
	fb_reader_close(&reader);
	return NULL;
}

static void *call_often(void *context)
{
	struct shared *shared = context;
	while (!shared->stop) {
		char *json = NULL;
		int64_t before_ns = clock_monotonic_ns();
		assert_int_equal(fb_status(shared->broker, &json), 0);
		assert_true(clock_monotonic_ns() - before_ns < 5 * SECOND);
		free(json);
		shared->calls++;
		nanosleep(&(struct timespec){.tv_nsec = 5 * NS_PER_MS}, NULL); /* the broker's limit on messages */
	}
	return NULL;
}

static void *wait_for_cam(void *context)
{
	struct shared *shared = context;
	struct fb_stream_info info = {0};
	assert_int_equal(fb_wait(shared->broker, "cam", PATIENCE, &info), 0);
	assert_int_equal(info.width, 128);
	shared->waited++;
	return NULL;
}

static void *wait_for_nothing(void *context)
{
	struct shared *shared = context;
	struct fb_stream_info info;
	while (!shared->stop)
		assert_int_equal(fb_wait(shared->broker, "nothing", 30 * NS_PER_MS, &info), -ETIMEDOUT);
	return NULL;
}

static void wait_until(_Atomic int *count, int wanted)
{
	for (int64_t deadline_ns = clock_deadline(PATIENCE); *count < wanted && clock_left_ns(deadline_ns) > 0;)
		nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
	assert_true(*count >= wanted);
}

static void test_readers_and_calls(void **state)
{
	struct shared shared = {.broker = control_fixture_connect(*state)};
	fb_broker *writing = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(writing);
	pthread_t readers[2], callers[2], waiting;
	for (int i = 0; i < 2; i++) {
		pthread_create(&readers[i], NULL, read_all, &shared);
		pthread_create(&callers[i], NULL, call_often, &shared);
	}
	pthread_create(&waiting, NULL, wait_for_nothing, &shared);
	wait_until(&shared.waited, 2);
	for (int i = 0; i < FRAMES; i++)
		write_value(writer, (uint8_t)i);
	for (int i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
	wait_until(&shared.calls, 20);
	shared.stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(callers[i], NULL);
	pthread_join(waiting, NULL);
	fb_writer_close(&writer);
	fb_close(&writing);
	fb_close(&shared.broker);
}

/* They wait while the server goes, and while the next one comes. */
static void test_waiting_across_a_restart(void **state)
{
	struct control_fixture *fixture = *state;
	struct shared shared = {.broker = control_fixture_connect(fixture)};
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, wait_for_cam, &shared);
	for (int round = 0; round < 3; round++) {
		control_fixture_kill(fixture);
		control_fixture_start(fixture);
	}
	fb_broker *worker = control_fixture_worker(fixture);
	fb_writer *writer = writer_of_cam(worker, 128);
	write_value(writer, 1);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(shared.waited, 4);
	fb_writer_close(&writer);
	fb_close(&worker);
	fb_close(&shared.broker);
}

static void test_many_readers(void **state)
{
	fb_broker *broker = control_fixture_connect(*state), *other = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(other);
	int maps = count_ring_maps();
	for (uint8_t round = 1; round <= 25; round++) {
		fb_reader *readers[8], *one_more = NULL;
		write_value(writer, round);
		for (int i = 0; i < 8; i++) {
			readers[i] = reader_of(broker, "shown", FB_LATEST, 2);
			read_value(readers[i], round);
		}
		assert_error(fb_reader_open(broker, "shown", NULL, &one_more), -EUSERS, "raise its `max_readers`");
		for (int i = 0; i < 8; i++)
			fb_reader_close(&readers[i]);
		assert_int_equal(count_ring_maps(), maps);
	}
	fb_writer_close(&writer);
	fb_close(&other);
	fb_close(&broker);
}

/* ---- handles are one thread's at a time ---- */

struct waiting { /* a call in a thread, which waits for ever */
	fb_reader *reader;
	fb_writer *writer;
	fb_events *events;
	int err;
	char text[128];
	pthread_t thread;
};

static void *wait_for_ever(void *context)
{
	struct waiting *waiting = context;
	struct fb_frame frame = {0};
	struct fb_slot slot = {0};
	char *json = NULL;
	do /* the test may be in a call just now */
		if (waiting->reader)
			waiting->err = fb_reader_read(waiting->reader, FB_FOREVER, &frame);
		else if (waiting->writer)
			waiting->err = fb_writer_claim(waiting->writer, NULL, FB_FOREVER, &slot);
		else
			waiting->err = fb_events_next(waiting->events, FB_FOREVER, &json);
	while (waiting->err == -EBUSY);
	snprintf(waiting->text, sizeof waiting->text, "%s", fb_error_text());
	fb_frame_release(&frame);
	fb_slot_cancel(&slot);
	return NULL;
}

static void assert_closed(struct waiting *waiting)
{
	pthread_join(waiting->thread, NULL);
	if (waiting->err != -EPIPE || !strstr(waiting->text, "closed by another thread"))
		fail_msg("%d: %s", waiting->err, waiting->text);
}

/* Repeats a call that does not wait until the thread is in its own; between two of them it gets its turn. */
#define UNTIL_BUSY(call)                                                                                               \
	do {                                                                                                           \
		int err_ = (call);                                                                                     \
		int64_t until_ns_ = clock_deadline(PATIENCE);                                                          \
		while (err_ != -EBUSY && clock_left_ns(until_ns_) > 0) {                                               \
			usleep(1000);                                                                                  \
			err_ = (call);                                                                                 \
		}                                                                                                      \
		assert_error(err_, -EBUSY, "another thread");                                                          \
	} while (0)

static void test_one_thread_reads(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	struct waiting waiting = {.reader = reader_of(broker, "cam", FB_ORDERED, 2)};
	fb_reader *reader = waiting.reader;
	struct fb_frame frames[2];
	uint32_t count;
	pthread_create(&waiting.thread, NULL, wait_for_ever, &waiting);
	UNTIL_BUSY(fb_reader_fd(reader) >= 0 ? 0 : -EBUSY);
	assert_error(fb_reader_read(reader, 0, frames), -EBUSY, "open one for each thread");
	assert_error(fb_reader_read_batch(reader, 2, 0, frames, &count), -EBUSY, "another thread");
	assert_error(fb_reader_at(reader, 0, 0, frames), -EBUSY, "another thread");
	assert_int_equal(fb_reader_state(reader), FB_LIVE);
	assert_int_equal(fb_reader_missed(reader), 0);
	fb_reader_close(&reader);
	assert_null(reader);
	assert_closed(&waiting);
	fb_close(&broker);
}

static void test_one_thread_writes(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	struct waiting waiting = {.writer = writer_of_shown(broker)};
	fb_writer *writer = waiting.writer;
	fb_reader *reader = reader_of(broker, "shown", FB_LOSSLESS, 2); /* in the way of all that follows */
	struct fb_slot mine, slot;
	for (uint8_t value = 1; value <= 8; value++)
		write_value(writer, value);
	assert_int_equal(fb_writer_claim(writer, NULL, 0, &mine), 0);
	pthread_create(&waiting.thread, NULL, wait_for_ever, &waiting);
	UNTIL_BUSY(fb_writer_claim(writer, NULL, 0, &slot));
	assert_error(fb_writer_end(writer), -EBUSY, "another thread");
	assert_true(fb_writer_wait_hint_ns(writer) > 0);
	fb_slot_cancel(&mine); /* the other thread's, now */
	pthread_join(waiting.thread, NULL);
	assert_int_equal(waiting.err, 0);

	assert_int_equal(fb_writer_claim(writer, NULL, 0, &mine), 0);
	pthread_create(&waiting.thread, NULL, wait_for_ever, &waiting);
	UNTIL_BUSY(fb_writer_claim(writer, NULL, 0, &slot));
	fb_writer_close(&writer);
	assert_null(writer);
	assert_closed(&waiting);
	assert_int_equal(fb_slot_publish(&mine, NULL), -EPIPE);
	fb_slot_cancel(&mine);
	fb_reader_close(&reader);
	fb_close(&broker);
}

static void test_one_thread_hears_events(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	struct waiting waiting = {0};
	char *json = NULL;
	assert_int_equal(fb_events_open(broker, &waiting.events), 0);
	fb_events *events = waiting.events;
	pthread_create(&waiting.thread, NULL, wait_for_ever, &waiting);
	UNTIL_BUSY(fb_events_next(events, 0, &json));
	assert_null(json);
	fb_events_close(&events);
	assert_closed(&waiting);
	fb_close(&broker);
}

/* ---- everything at once ---- */

static void *publish_given(void *context) /* another thread's slots */
{
	struct fb_slot *slot = context;
	memset(slot->data[0], 7, 16 * (size_t)slot->linesize[0]);
	slot->pts_ns = 7000;
	assert_int_equal(fb_slot_publish(slot, NULL), 0);
	return NULL;
}

static void *release_given(void *context)
{
	fb_frame_release(context);
	return NULL;
}

static void *come_and_go(void *context)
{
	struct shared *shared = context;
	while (!shared->stop) {
		struct fb_frame frames[2] = {0};
		fb_events *events = NULL;
		pthread_t thread;
		fb_reader *reader = NULL;
		int err = fb_reader_open(shared->broker, "shown", NULL, &reader);
		if (err == -EUSERS) /* places are free a little after the frames that were held there */
			continue;
		assert_int_equal(err, 0);
		if (fb_reader_read(reader, 20 * NS_PER_MS, &frames[0]) == 0 &&
		    fb_reader_read(reader, 20 * NS_PER_MS, &frames[1]) == 0)
			assert_true(frame_is(&frames[1], 7));
		pthread_create(&thread, NULL, release_given, &frames[0]);
		fb_reader_close(&reader);
		fb_frame_release(&frames[1]);
		pthread_join(thread, NULL);
		assert_int_equal(fb_events_open(shared->broker, &events), 0);
		fb_events_close(&events);
		shared->calls++;
		nanosleep(&(struct timespec){.tv_nsec = 5 * NS_PER_MS}, NULL);
	}
	return NULL;
}

static void test_everything_at_once(void **state)
{
	struct shared shared = {.broker = control_fixture_connect(*state)};
	pthread_t threads[3], caller;
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, come_and_go, &shared);
	pthread_create(&caller, NULL, call_often, &shared);
	fb_writer *writer = NULL;
	for (int round = 0; round < 60; round++) {
		struct fb_slot slots[2];
		pthread_t publishers[2];
		if (round % 20 == 0) {
			fb_writer_close(&writer);
			writer = writer_of_shown(shared.broker);
		}
		for (int i = 0; i < 2; i++) {
			assert_int_equal(fb_writer_claim(writer, NULL, PATIENCE, &slots[i]), 0);
			pthread_create(&publishers[i], NULL, publish_given, &slots[i]);
		}
		for (int i = 0; i < 2; i++)
			pthread_join(publishers[i], NULL);
	}
	wait_until(&shared.calls, 30);
	shared.stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	pthread_join(caller, NULL);
	fb_writer_close(&writer);
	fb_close(&shared.broker);
}

#define test(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_readers_and_calls),  test(test_waiting_across_a_restart), test(test_many_readers),
		test(test_one_thread_reads),   test(test_one_thread_writes),        test(test_one_thread_hears_events),
		test(test_everything_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
