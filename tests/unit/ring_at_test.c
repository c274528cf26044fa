/* ring_at_test.c: the frame shown at a time. */
#include "base/clock.h"
#include "ring/reader.h"
#include "ring/writer.h"
#include "support/ring_fixture.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct ring_fixture fixture;
static struct ring_writer *writer;
static struct ring_reader *reader;

static int begin(void **state)
{
	(void)state;
	struct ring_layout layout = ring_fixture_layout(6, 1);
	ring_fixture_create(&fixture, &layout);
	writer = ring_fixture_writer(&fixture);
	ring_fixture_place(&fixture, 0, FB_ORDERED, 2);
	reader = ring_fixture_reader(&fixture, 0, 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	ring_fixture_destroy(&fixture);
	return 0;
}

static void publish(int64_t pts_ns, int64_t duration_ns)
{
	unsigned slot = 0;
	uint64_t seq = 0;
	struct ring_meta meta = {.pts_ns = pts_ns, .duration_ns = duration_ns};
	assert_int_equal(ring_writer_claim(writer, 0, &slot), 0);
	assert_int_equal(ring_writer_publish(writer, slot, &meta, NULL, false, &seq), 0);
}

/* The sequence number of the frame at pts, let go at once; or a negative errno. */
static int64_t at(int64_t pts_ns)
{
	struct ring_frame frame;
	int r = ring_reader_at(reader, pts_ns, 0, &frame);
	if (r < 0)
		return r;
	ring_reader_unhold(reader, frame.slot);
	return (int64_t)frame.seq;
}

static void test_newest_not_later(void **state)
{
	(void)state;
	assert_int_equal(at(0), -ETIMEDOUT);
	publish(100, 0);
	publish(200, 0);
	publish(200, 0);
	publish(300, 0);
	assert_int_equal(at(100), 1);
	assert_int_equal(at(199), 1);
	assert_int_equal(at(200), 3);
	assert_int_equal(at(250), 3);
	assert_int_equal(at(300), 4);
	assert_int_equal(ring_reader_position(reader), 1); /* the reader's place does not move */
}

static void test_future_and_past(void **state)
{
	(void)state;
	publish(100, 50);
	assert_int_equal(at(149), 1);
	assert_int_equal(at(150), -ETIMEDOUT);
	assert_int_equal(at(INT64_MAX), -ETIMEDOUT);
	assert_int_equal(at(99), -ESTALE);
	assert_int_equal(at(INT64_MIN), -ESTALE);
}

static void test_what_left_the_window(void **state)
{
	(void)state;
	for (int i = 1; i <= 6; i++)
		publish(i * 100, 0);
	assert_int_equal(at(100), 1);
	publish(700, 0);
	assert_int_equal(at(100), -ESTALE);
	assert_int_equal(at(200), 2);
}

static void test_extreme_times(void **state)
{
	(void)state;
	publish(INT64_MIN, INT64_MAX);
	assert_int_equal(at(-2), 1);
	assert_int_equal(at(INT64_MAX), -ETIMEDOUT);
	publish(0, -5);
	assert_int_equal(at(1), -ETIMEDOUT);
	publish(INT64_MAX, -5);
	assert_int_equal(at(INT64_MAX), 3);
	assert_int_equal(at(INT64_MAX - 1), 2);
}

static void test_after_the_end(void **state)
{
	(void)state;
	publish(100, 0);
	publish(200, 0);
	ring_writer_finish(writer);
	assert_int_equal(at(900), 2); /* the stream's last picture stays on */
	atomic_store(&fixture.roster->newest, 2);
	assert_int_equal(at(900), -ENODATA);
	assert_int_equal(at(200), 2);
	assert_int_equal(at(150), 1);
}

static void test_over_without_a_frame(void **state)
{
	(void)state;
	ring_writer_finish(writer);
	assert_int_equal(at(0), -ENODATA);
}

static void test_held_twice(void **state)
{
	(void)state;
	struct ring_frame one, same, other, none;
	publish(100, 0);
	publish(200, 0);
	publish(300, 0);
	assert_int_equal(ring_reader_next(reader, 0, &one), 0);
	assert_int_equal(ring_reader_at(reader, 100, 0, &same), 0);
	assert_int_equal(same.slot, one.slot);
	assert_int_equal(ring_reader_at(reader, 200, 0, &other), 0);
	assert_int_equal(ring_reader_at(reader, 300, 0, &none), -ENOBUFS);
	ring_reader_unhold(reader, one.slot);
	assert_int_equal(ring_reader_at(reader, 300, 0, &none), -ENOBUFS); /* `same` still holds the slot */
	for (int i = 4; i <= 20; i++)
		publish(i * 100, 0);
	assert_int_equal(ring_state_seq(atomic_load(&ring_reader_map(reader)->state[same.slot])), 1);
	ring_reader_unhold(reader, same.slot);
	assert_int_equal(ring_reader_at(reader, 2000, 0, &none), 0);
	ring_reader_unhold(reader, none.slot);
	ring_reader_unhold(reader, other.slot);
}

static void *wait_for_500(void *unused)
{
	(void)unused;
	static struct ring_frame frame;
	return ring_reader_at(reader, 500, DEADLINE_NEVER, &frame) == 0 ? &frame : NULL;
}

static void test_waits_for_the_moment(void **state)
{
	(void)state;
	pthread_t thread;
	void *result = NULL;
	pthread_create(&thread, NULL, wait_for_500, NULL);
	for (int i = 1; i <= 6; i++)
		publish(i * 100, 0);
	pthread_join(thread, &result);
	const struct ring_frame *frame = result;
	assert_non_null(frame);
	assert_int_equal(frame->seq, 5);
	ring_reader_unhold(reader, frame->slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newest_not_later, begin, end),
		cmocka_unit_test_setup_teardown(test_future_and_past, begin, end),
		cmocka_unit_test_setup_teardown(test_what_left_the_window, begin, end),
		cmocka_unit_test_setup_teardown(test_extreme_times, begin, end),
		cmocka_unit_test_setup_teardown(test_after_the_end, begin, end),
		cmocka_unit_test_setup_teardown(test_over_without_a_frame, begin, end),
		cmocka_unit_test_setup_teardown(test_held_twice, begin, end),
		cmocka_unit_test_setup_teardown(test_waits_for_the_moment, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
