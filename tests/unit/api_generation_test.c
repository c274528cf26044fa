/* What readers see when a stream ends, or goes on in a new generation. */
#include "base/clock.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KEYS "{pixel_format: gray, width: 64, height: 16, depth: 4, spare: 4}"

static void test_created_stream_ends(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = NULL;
	fb_reader *late = NULL;
	struct fb_frame frame;
	assert_error(fb_writer_open(broker, "mine", "{pixel_format: gray, widht: 4}", &writer), -EINVAL, "widht");
	assert_int_equal(fb_writer_open(broker, "mine", KEYS, &writer), 0);
	assert_int_equal(fb_writer_info(writer)->height, 16);
	fb_reader *reader = reader_of(broker, "mine", FB_ORDERED, 2);
	write_value(writer, 1);
	write_value(writer, 2);
	fb_writer_close(&writer);
	read_value(reader, 1);
	read_value(reader, 2);
	for (int i = 0; i < 2; i++)
		assert_error(fb_reader_read(reader, PATIENCE, &frame), -ENODATA, "mine has ended");
	assert_int_equal(fb_reader_state(reader), FB_ENDED);
	assert_error(fb_reader_open(broker, "mine", NULL, &late), -ENOENT, "mine");
	fb_reader_close(&reader);
	fb_close(&broker);
}

static void test_writer_ends_a_declared_stream(void **state)
{
	fb_broker *broker = control_fixture_connect(*state);
	fb_writer *writer = writer_of_shown(broker);
	fb_reader *reader = reader_of(broker, "shown", FB_LOSSLESS, 2);
	struct fb_frame frame;
	struct fb_slot slot;
	write_value(writer, 1);
	assert_int_equal(fb_writer_end(writer), 0);
	assert_error(fb_writer_claim(writer, NULL, 0, &slot), -EPIPE, "this writer has ended it");
	read_value(reader, 1);
	assert_error(fb_reader_read(reader, PATIENCE, &frame), -ENODATA, "shown has ended");
	fb_writer_close(&writer);
	fb_reader *next = reader_of(broker, "shown", FB_LATEST, 2);
	assert_error(fb_reader_read(next, 0, &frame), -ETIMEDOUT, "shown");
	writer = writer_of_shown(broker);
	write_value(writer, 2);
	read_value(next, 2);
	assert_error(fb_reader_read(reader, 0, &frame), -ENODATA, "shown has ended");
	fb_reader_close(&reader);
	fb_reader_close(&next);
	fb_writer_close(&writer);
	fb_close(&broker);
}

/* The picture's size changes: the same readers go on, nothing is lost, frames of the old size stay as they are. */
static void test_generations(void **state)
{
	fb_broker *broker = control_fixture_connect(*state), *worker = control_fixture_worker(*state);
	fb_reader *ordered = reader_of(broker, "cam", FB_ORDERED, 8);
	fb_reader *lossless = reader_of(broker, "cam", FB_LOSSLESS, 2);
	struct fb_frame kept[5], batch[8];
	uint32_t count;
	uint8_t value = 0;
	for (uint32_t generation = 1; generation <= 5; generation++) {
		fb_writer *writer = writer_of_cam(worker, 100 * generation);
		write_value(writer, ++value);
		write_value(writer, ++value);
		write_value(writer, ++value);
		fb_writer_close(&writer);
		for (uint8_t v = (uint8_t)(value - 2); v <= value; v++)
			read_value(lossless, v);
		kept[generation - 1] = read_frame(ordered, (uint8_t)(value - 2));
		assert_int_equal(kept[generation - 1].seq, value - 2);
		assert_int_equal(kept[generation - 1].info->width, 100 * generation);
		assert_int_equal(fb_reader_info(ordered)->width, 100 * generation);
		/* a batch ends where the layout does */
		assert_int_equal(fb_reader_read_batch(ordered, 8, 20 * NS_PER_MS, batch, &count), 0);
		assert_int_equal(count, 2);
		fb_frame_release(&batch[0]);
		fb_frame_release(&batch[1]);
	}
	for (uint8_t i = 0; i < 5; i++)
		assert_true(frame_is(&kept[i], (uint8_t)(3 * i + 1)));
	assert_int_equal(fb_reader_missed(ordered) + fb_reader_missed(lossless), 0);
	fb_reader_close(&ordered);
	fb_reader_close(&lossless);
	for (int i = 0; i < 5; i++)
		fb_frame_release(&kept[i]);
	fb_close(&worker);
	fb_close(&broker);
}

/* A picture that is shown from that second on. */
static void write_second(fb_writer *writer, uint8_t second)
{
	struct fb_slot slot;
	assert_int_equal(fb_writer_claim(writer, NULL, PATIENCE, &slot), 0);
	slot.pts_ns = second * SECOND;
	assert_int_equal(fb_slot_publish(&slot, NULL), 0);
}

static void read_second(fb_reader *reader, uint8_t second)
{
	struct fb_frame frame;
	assert_int_equal(fb_reader_read(reader, PATIENCE, &frame), 0);
	assert_int_equal(frame.pts_ns, second * SECOND);
	fb_frame_release(&frame);
}

static void at_second(fb_reader *reader, uint8_t second)
{
	struct fb_frame frame;
	assert_int_equal(fb_reader_at(reader, second * SECOND, PATIENCE, &frame), 0);
	assert_int_equal(frame.pts_ns, second * SECOND);
	fb_frame_release(&frame);
}

/* To look ahead into the next generation must not lose what this one still has for the reader. */
static void test_at_does_not_skip_a_generation(void **state)
{
	fb_broker *broker = control_fixture_connect(*state), *worker = control_fixture_worker(*state);
	fb_reader *ordered = reader_of(broker, "cam", FB_ORDERED, 8), *latest = reader_of(broker, "cam", FB_LATEST, 8);
	struct fb_frame frame;
	fb_writer *writer = writer_of_cam(worker, 64);
	write_second(writer, 1);
	write_second(writer, 2);
	read_second(ordered, 1);
	read_second(latest, 2);
	fb_writer_close(&writer);
	writer = writer_of_cam(worker, 128);
	write_second(writer, 3);
	write_second(writer, 4);
	assert_error(fb_reader_at(ordered, 3 * SECOND, PATIENCE, &frame), -ESTALE, "read the frames before it first");
	at_second(latest, 3);
	read_second(ordered, 2);
	at_second(ordered, 4);
	read_second(ordered, 3);
	assert_int_equal(fb_reader_missed(ordered), 0);
	fb_reader_close(&ordered);
	fb_reader_close(&latest);
	fb_writer_close(&writer);
	fb_close(&worker);
	fb_close(&broker);
}

/* A closed reader keeps its frames, yet no writer waits for it, nor any generation to come. */
static void test_closed_lossless_reader_is_no_gate(void **state)
{
	fb_broker *broker = control_fixture_connect(*state), *worker = control_fixture_worker(*state);
	fb_writer *writer = writer_of_cam(worker, 64);
	fb_reader *reader = reader_of(broker, "cam", FB_LOSSLESS, 2);
	write_value(writer, 1);
	struct fb_frame frame = read_frame(reader, 1);
	fb_reader_close(&reader);
	for (int generation = 0; generation < 3; generation++) {
		struct fb_slot slot;
		for (int i = 0; i < 30; i++) {
			assert_int_equal(fb_writer_claim(writer, NULL, 0, &slot), 0);
			assert_int_equal(fb_slot_publish(&slot, NULL), 0);
		}
		fb_writer_close(&writer);
		writer = writer_of_cam(worker, 64);
	}
	assert_true(frame_is(&frame, 1));
	fb_frame_release(&frame);
	fb_writer_close(&writer);
	fb_close(&worker);
	fb_close(&broker);
}

#define test(name) cmocka_unit_test_setup_teardown(name, control_fixture_setup, control_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_created_stream_ends),
		test(test_writer_ends_a_declared_stream),
		test(test_generations),
		test(test_at_does_not_skip_a_generation),
		test(test_closed_lossless_reader_is_no_gate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
