/* Packet streams through the public functions, with a real server. */
#include "api/worker.h"
#include "support/control_fixture.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RING_BYTES (64 * 1024)
#define PACKETS 300

static fb_writer *open_packets(fb_broker *worker)
{
	struct fb_stream_info info = {.width = 64, .height = 16, .format = "h264", .sample_rate = 48000};
	fb_writer *writer = NULL;
	assert_int_equal(fb_worker_packets_open(worker, "cam", &info, RING_BYTES, PACKETS, &writer), 0);
	return writer;
}

/* A packet of bytes `value`, with metadata where it is a key packet. */
static int publish(fb_writer *writer, uint8_t value, uint32_t size, bool key)
{
	uint8_t *bytes = malloc(size + 1);
	memset(bytes, value, size);
	struct fb_worker_packet packet = {.data = bytes,
					  .metadata = "parameters",
					  .size = size,
					  .metadata_size = key ? 11 : 0,
					  .pts_ns = value * 1000,
					  .dts_ns = value * 1000 - 500,
					  .track = 2,
					  .flags = key ? FB_KEY_FRAME : 0};
	int r = fb_worker_publish_packet(writer, &packet, 0, NULL);
	free(bytes);
	return r;
}

static void assert_packet(const struct fb_frame *frame, uint8_t value, uint32_t size, bool key)
{
	assert_int_equal(frame->size, size);
	for (uint32_t i = 0; i < size; i++)
		assert_int_equal(frame->data[0][i], value);
	assert_int_equal(frame->pts_ns, value * 1000);
	assert_int_equal(frame->dts_ns, value * 1000 - 500);
	assert_int_equal(frame->track, 2);
	assert_int_equal(frame->flags, key ? FB_KEY_FRAME : 0);
	assert_int_equal(frame->metadata_size, key ? 11 : 0);
	if (key)
		assert_string_equal(frame->metadata, "parameters");
}

/* Copies: a reader keeps as many as it likes, whatever max_held says, and the ring goes on. */
static void test_copied(void **state)
{
	fb_broker *worker = control_fixture_worker(*state), *broker = control_fixture_connect(*state);
	fb_writer *writer = open_packets(worker);
	fb_reader *reader = reader_of(broker, "cam", FB_ORDERED, 1);
	struct fb_frame frames[200];
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(publish(writer, (uint8_t)i, i * 50, i % 10 == 0), 0);
		assert_int_equal(fb_reader_read(reader, PATIENCE, &frames[i]), 0);
	}
	assert_int_equal(fb_reader_info(reader)->media, FB_PACKET);
	assert_string_equal(fb_reader_info(reader)->format, "h264");
	assert_true(fb_reader_info(reader)->depth >= PACKETS);
	fb_writer_close(&writer);
	fb_reader_close(&reader);
	fb_close(&broker);
	fb_close(&worker);
	for (unsigned i = 0; i < 200; i++) {
		assert_packet(&frames[i], (uint8_t)i, i * 50, i % 10 == 0);
		for (unsigned k = 0; k < 64; k++)
			assert_int_equal(frames[i].data[0][frames[i].size + k], 0); /* FFmpeg's parsers read on */
		fb_frame_release(&frames[i]);
		fb_frame_release(&frames[i]);
	}
}

/* The ring is what a reader that comes later can ask for. */
static void test_looking_back(void **state)
{
	fb_broker *worker = control_fixture_worker(*state), *broker = control_fixture_connect(*state);
	fb_writer *writer = open_packets(worker);
	fb_reader *reader = reader_of(broker, "cam", FB_LATEST, 1);
	struct fb_frame frame;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(publish(writer, (uint8_t)i, 1000, false), 0);
	assert_int_equal(fb_reader_at(reader, 50 * 1000 + 1, PATIENCE, &frame), 0);
	assert_packet(&frame, 50, 1000, false);
	fb_frame_release(&frame);
	assert_error(fb_reader_at(reader, 20 * 1000, PATIENCE, &frame), -ESTALE, "no longer in the ring");
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
	fb_close(&worker);
}

static void test_rewind(void **state)
{
	fb_broker *worker = control_fixture_worker(*state), *broker = control_fixture_connect(*state);
	fb_writer *writer = open_packets(worker);
	struct fb_frame frame;
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(publish(writer, (uint8_t)i, 1000, false), 0);
	fb_reader *reader = reader_of(broker, "cam", FB_ORDERED, 1);
	fb_worker_reader_rewind(reader);
	for (unsigned i = 0; i < 30; i++) {
		assert_int_equal(fb_reader_read(reader, PATIENCE, &frame), 0);
		assert_packet(&frame, (uint8_t)i, 1000, false);
		fb_frame_release(&frame);
	}
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
	fb_close(&worker);
}

static void test_lossless_holds(void **state)
{
	fb_broker *worker = control_fixture_worker(*state), *broker = control_fixture_connect(*state);
	fb_writer *writer = open_packets(worker);
	fb_reader *reader = reader_of(broker, "cam", FB_LOSSLESS, 2);
	struct fb_frame frame;
	unsigned count = 0;
	while (publish(writer, (uint8_t)count, 1000, false) == 0)
		count++;
	assert_in_range(count, 60, 64); /* 1024 bytes each */
	assert_error(publish(writer, 0, 1000, false), -ETIMEDOUT, "");
	assert_int_equal(fb_reader_read(reader, PATIENCE, &frame), 0);
	assert_packet(&frame, 0, 1000, false);
	assert_int_equal(publish(writer, (uint8_t)count, 1000, false), -ETIMEDOUT);
	fb_frame_release(&frame);
	assert_int_equal(publish(writer, (uint8_t)count++, 1000, false), 0);
	for (unsigned i = 1; i < count; i++) {
		assert_int_equal(fb_reader_read(reader, PATIENCE, &frame), 0);
		assert_packet(&frame, (uint8_t)i, 1000, false);
		fb_frame_release(&frame);
	}
	fb_reader_close(&reader);
	fb_writer_close(&writer);
	fb_close(&broker);
	fb_close(&worker);
}

static void test_refused(void **state)
{
	fb_broker *worker = control_fixture_worker(*state);
	fb_writer *writer = open_packets(worker);
	assert_error(publish(writer, 1, RING_BYTES / 2, false), -EMSGSIZE, "a third");
	assert_int_equal(publish(writer, 1, RING_BYTES / 4, false), 0);
	control_fixture_kill(*state);
	while (!fb_worker_stopping(worker))
		continue;
	assert_error(publish(writer, 1, 10, false), -EPIPE, "the broker is gone");
	fb_writer_close(&writer);
	fb_close(&worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_copied, control_fixture_setup, control_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_looking_back, control_fixture_setup, control_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_rewind, control_fixture_setup, control_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_lossless_holds, control_fixture_setup, control_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_refused, control_fixture_setup, control_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
