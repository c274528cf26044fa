/* Connections that end: the server is killed and started again, or hangs up; readers, writers and calls go on. */
#include "base/clock.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Writes and reads until a frame comes that follows a break. */
static struct fb_frame read_across(fb_writer *writer, fb_reader *reader)
{
	struct fb_frame frame;
	for (int64_t deadline_ns = clock_deadline(PATIENCE); clock_left_ns(deadline_ns) > 0;) {
		write_value(writer, 7);
		if (fb_reader_read(reader, 10 * NS_PER_MS, &frame) < 0)
			continue;
		assert_true(frame_is(&frame, 7));
		if (frame.flags & FB_DISCONTINUITY)
			return frame;
		fb_frame_release(&frame);
	}
	fail_msg("no frame: %s", fb_error_text());
	return frame;
}

static void test_server_restarts(void **state)
{
	struct control_fixture *fixture = *state;
	fb_broker *reading = control_fixture_connect(fixture), *writing = control_fixture_connect(fixture);
	fb_writer *writer = writer_of_shown(writing);
	fb_reader *readers[3];
	for (int mode = FB_LATEST; mode <= FB_LOSSLESS; mode++)
		readers[mode] = reader_of(reading, "shown", (enum fb_mode)mode, 2);
	write_value(writer, 1);
	struct fb_frame old = read_frame(readers[FB_ORDERED], 1);
	read_value(readers[FB_LATEST], 1);
	read_value(readers[FB_LOSSLESS], 1);
	assert_int_equal(old.flags & FB_DISCONTINUITY, 0);
	for (int round = 0; round < 3; round++) {
		control_fixture_kill(fixture);
		control_fixture_start(fixture);
		for (int mode = FB_LATEST; mode <= FB_LOSSLESS; mode++) {
			struct fb_frame frame = read_across(writer, readers[mode]);
			fb_frame_release(&frame);
		}
		struct fb_frame frame;
		int64_t seq = 0;
		while (fb_reader_read(readers[FB_LOSSLESS], 0, &frame) == 0) {
			assert_true(seq == 0 || frame.seq == (uint64_t)seq + 1);
			assert_int_equal(frame.flags & FB_DISCONTINUITY, 0);
			seq = (int64_t)frame.seq;
			fb_frame_release(&frame);
		}
	}
	assert_true(frame_is(&old, 1));
	fb_frame_release(&old);
	for (int mode = FB_LATEST; mode <= FB_LOSSLESS; mode++)
		fb_reader_close(&readers[mode]);
	fb_writer_close(&writer);
	fb_close(&reading);
	fb_close(&writing);
}

/* Every first call after a restart finds the new server. */
static void test_first_call_after_a_restart(void **state)
{
	struct control_fixture *fixture = *state;
	fb_broker *broker = control_fixture_connect(fixture);
	for (int call = 0; call < 5; call++) {
		char *json = NULL;
		fb_reader *reader = NULL;
		fb_writer *writer = NULL;
		fb_events *events = NULL;
		control_fixture_kill(fixture);
		control_fixture_start(fixture);
		switch (call) {
		case 0:
			assert_int_equal(fb_status(broker, &json), 0);
			break;
		case 1:
			reader = reader_of(broker, "shown", FB_LATEST, 2);
			break;
		case 2:
			writer = writer_of_shown(broker);
			break;
		case 3:
			assert_int_equal(fb_events_open(broker, &events), 0);
			break;
		default:
			assert_int_equal(fb_reload(broker), 0);
		}
		free(json);
		fb_reader_close(&reader);
		fb_writer_close(&writer);
		fb_events_close(&events);
	}
	fb_close(&broker);
}

static void test_without_a_server(void **state)
{
	struct control_fixture *fixture = *state;
	fb_broker *broker = control_fixture_connect(fixture);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *reader = reader_of(broker, "shown", FB_LATEST, 2), *none = NULL;
	struct fb_slot slot = {0};
	struct fb_frame frame;
	char *json = NULL;
	control_fixture_kill(fixture);
	int err = 0;
	for (int64_t deadline_ns = clock_deadline(PATIENCE); err == 0 && clock_left_ns(deadline_ns) > 0;) {
		err = fb_writer_claim(writer, NULL, 0, &slot);
		fb_slot_cancel(&slot);
	}
	assert_error(err, -ETIMEDOUT, "no broker answers at");
	for (int i = 0; i < 3; i++) {
		assert_error(fb_writer_claim(writer, NULL, 0, &slot), -ETIMEDOUT, "no broker answers at");
		assert_error(fb_writer_claim(writer, NULL, 10 * NS_PER_MS, &slot), -ETIMEDOUT, "no broker answers at");
		assert_int_equal(fb_reader_read(reader, 10 * NS_PER_MS, &frame), -ETIMEDOUT);
	}
	assert_int_equal(fb_writer_info(writer)->width, 64);
	assert_int_equal(fb_reader_state(reader), FB_LOST);
	assert_error(fb_reader_open(broker, "shown", NULL, &none), -ETIMEDOUT, "no broker answers at");
	assert_error(fb_wait(broker, "shown", 10 * NS_PER_MS, &(struct fb_stream_info){0}), -ETIMEDOUT, "shown");
	assert_int_equal(fb_writer_end(writer), 0);
	fb_writer_close(&writer);
	fb_reader_close(&reader);
	control_fixture_start(fixture);
	assert_int_equal(fb_status(broker, &json), 0);
	free(json);
	fb_close(&broker);
}

/* The core hangs up on a client that is never at a loss for frames. Its holds count no more, so it must not read on. */
static void test_kicked(void **state)
{
	struct control_fixture *fixture = *state;
	fb_broker *kicked = control_fixture_connect(fixture), *other = control_fixture_connect(fixture);
	fb_writer *writer = writer_of_shown(other);
	fb_reader *reader = reader_of(kicked, "shown", FB_ORDERED, 2);
	for (uint8_t value = 1; value <= 3; value++)
		write_value(writer, value);
	read_value(reader, 1);
	assert_int_equal(fb_kick(other, 2), 0); /* 1 is the worker */
	struct fb_frame frame = read_frame(reader, 3);
	assert_int_equal(frame.flags & FB_DISCONTINUITY, FB_DISCONTINUITY);
	for (int i = 0; i < 100; i++)
		write_value(writer, 7);
	assert_true(frame_is(&frame, 3));
	fb_frame_release(&frame);

	assert_int_equal(fb_kick(kicked, 3), 0); /* the writer: its next generation follows the last */
	while (fb_reader_read(reader, 0, &frame) == 0)
		fb_frame_release(&frame);
	write_value(writer, 9);
	frame = read_frame(reader, 9);
	assert_int_equal(frame.info->generation, 2);
	assert_int_equal(frame.flags & FB_DISCONTINUITY, 0);
	assert_int_equal(frame.missed, 0);
	fb_frame_release(&frame);
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&kicked);
	fb_close(&other);
}

#define test(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_server_restarts),
		test(test_first_call_after_a_restart),
		test(test_without_a_server),
		test(test_kicked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
