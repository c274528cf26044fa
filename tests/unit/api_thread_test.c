/* Many threads, one broker: whoever waits receives for all. And many readers, none of which leaves anything behind. */
#include "base/clock.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

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

#define test(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_readers_and_calls),
		test(test_waiting_across_a_restart),
		test(test_many_readers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
