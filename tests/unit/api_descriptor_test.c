/* A reader's descriptor: readable while a frame waits, at an end, and when a lost connection wants a look. */
#include "base/clock.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool readable(int fd, int timeout_ms)
{
	struct pollfd in = {.fd = fd, .events = POLLIN};
	return poll(&in, 1, timeout_ms) == 1;
}

/* As an event loop does it: polls, then reads without waiting. */
static int poll_and_read(fb_reader *reader, struct fb_frame *ret_frame)
{
	int64_t deadline_ns = clock_deadline(PATIENCE);
	int err = -ETIMEDOUT;
	while (err == -ETIMEDOUT && clock_left_ns(deadline_ns) > 0) {
		readable(fb_reader_fd(reader), 1000);
		err = fb_reader_read(reader, 0, ret_frame);
	}
	return err;
}

static void poll_value(fb_reader *reader, uint8_t value)
{
	struct fb_frame frame;
	assert_int_equal(poll_and_read(reader, &frame), 0);
	assert_true(frame_is(&frame, value));
	fb_frame_release(&frame);
}

static void test_readable_while_a_frame_waits(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_reader *reader = reader_of(broker, "shown", FB_ORDERED, 2);
	int fd = fb_reader_fd(reader);
	assert_true(fd >= 0);
	assert_int_equal(fb_reader_fd(reader), fd);
	assert_false(readable(fd, 150));
	fb_writer *writer = writer_of_shown(broker);
	write_value(writer, 1);
	poll_value(reader, 1);
	assert_false(readable(fd, 150));
	write_value(writer, 2);
	write_value(writer, 3);
	assert_true(readable(fd, 10000));
	read_value(reader, 2);
	assert_true(readable(fd, 0)); /* there is another */
	read_value(reader, 3);
	assert_false(readable(fd, 150));
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
}

static void test_generations_and_the_end(void **state)
{
	fb_broker *broker = control_fixture_connect(*state), *worker = control_fixture_worker(*state);
	fb_reader *reader = reader_of(broker, "cam", FB_ORDERED, 2);
	for (uint8_t generation = 1; generation <= 3; generation++) {
		fb_writer *writer = writer_of_cam(worker, 64 * generation);
		write_value(writer, generation);
		poll_value(reader, generation);
		fb_writer_close(&writer);
	}
	fb_reader_close(&reader);

	fb_writer *writer = NULL;
	struct fb_frame frame;
	assert_int_equal(fb_writer_open(broker, "mine", "{pixel_format: gray, width: 64, height: 16}", &writer), 0);
	reader = reader_of(broker, "mine", FB_ORDERED, 2);
	write_value(writer, 9);
	poll_value(reader, 9);
	fb_writer_close(&writer);
	assert_int_equal(poll_and_read(reader, &frame), -ENODATA);
	assert_true(readable(fb_reader_fd(reader), 0));
	fb_reader_close(&reader);
	fb_close(&worker);
	fb_close(&broker);
}

/* Asked for only after everything has been read. */
static void test_asked_for_at_the_end(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = NULL;
	struct fb_frame frame;
	assert_int_equal(fb_writer_open(broker, "mine", "{pixel_format: gray, width: 64, height: 16}", &writer), 0);
	fb_reader *reader = reader_of(broker, "mine", FB_ORDERED, 2);
	fb_writer_close(&writer);
	assert_int_equal(fb_reader_read(reader, PATIENCE, &frame), -ENODATA);
	assert_true(readable(fb_reader_fd(reader), 0));
	fb_reader_close(&reader);
	fb_close(&broker);
}

static void test_broker_restarts(void **state)
{
	struct control_fixture *fixture = *state;
	fb_broker *broker = control_fixture_connect(fixture), *other = control_fixture_connect(fixture);
	fb_writer *writer = writer_of_shown(other);
	fb_reader *reader = reader_of(broker, "shown", FB_ORDERED, 2);
	struct fb_frame frame;
	write_value(writer, 1);
	poll_value(reader, 1);
	fb_writer_close(&writer);
	control_fixture_kill(fixture);
	int looks = 0; /* without a broker the descriptor asks for a look now and then, not all the time */
	for (int64_t deadline_ns = clock_deadline(SECOND); clock_left_ns(deadline_ns) > 0; looks++) {
		readable(fb_reader_fd(reader), clock_left_ms(deadline_ns));
		assert_int_equal(fb_reader_read(reader, 0, &frame), -ETIMEDOUT);
	}
	assert_in_range(looks, 1, 30);
	assert_int_equal(fb_reader_state(reader), FB_LOST);
	control_fixture_start(fixture);
	writer = writer_of_shown(other);
	write_value(writer, 2);
	poll_value(reader, 2);
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&other);
	fb_close(&broker);
}

#define test(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_readable_while_a_frame_waits),
		test(test_generations_and_the_end),
		test(test_asked_for_at_the_end),
		test(test_broker_restarts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
