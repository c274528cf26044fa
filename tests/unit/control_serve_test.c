/* Readers and writers through the whole server: frames, changes of format, deaths, ends, demand. */
#include "base/clock.h"
#include "control_support.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KEYS "{pixel_format: gray, width: 64, height: 16, depth: 4, spare: 4}"

static void test_program_writes_program_reads(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_start(server);
	add_stream(server, "gate/marked", NULL, false);
	peer_connect(server, &writing);
	peer_connect(server, &reading);
	open_writer(&writing, "gate/marked", NULL, &writer);
	uint32_t place = open_reader(&reading, "gate/marked", FB_ORDERED);
	struct ring_reader *reader = attach_reader(&reading, place, 0, 0);
	assert_int_equal(ring_reader_map(reader)->layout.slots, 4 + 4 + 1);
	assert_int_equal(ring_reader_map(reader)->layout.first, 1);
	for (uint64_t seq = 1; seq <= 100; seq++) {
		assert_int_equal(publish(writer), seq);
		assert_next(reader, seq);
	}
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	peer_close(&reading);
	peer_close(&writing);
}

static void test_reader_first(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_start(server);
	add_stream(server, "gate", "gate", false);
	peer_connect(server, &reading);
	uint32_t place = open_reader(&reading, "gate", FB_LOSSLESS);
	assert_string_equal(server->demand, "gate+ ");
	const struct wire_message *reply =
		peer_call(&reading, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place});
	assert_int_equal(reply->type, WIRE_PENDING);
	assert_int_equal(reply->error, 0);
	assert_int_equal(reply->state, FB_IDLE);

	control_stream_state(server->control, "gate", FB_CONNECTING);
	reply = peer_receive(&reading);
	assert_int_equal(reply->type, WIRE_STREAM);
	assert_int_equal(reply->place, place);
	assert_int_equal(reply->state, FB_CONNECTING);

	peer_adopt(server, &writing, 7);
	open_worker_writer(&writing, "gate", 64, &writer);
	for (uint64_t seq = 1; seq <= 8; seq++)
		publish(writer);
	unsigned slot = 0;
	for (int claimed = 0; claimed < 2; claimed++) /* the two slots that the worker adds */
		assert_int_equal(ring_writer_claim(writer, 0, &slot), 0);
	assert_int_equal(ring_writer_claim(writer, 0, &slot),
			 -ETIMEDOUT); /* the gate is shut since before the first frame */

	reply = peer_receive(&reading);
	assert_int_equal(reply->type, WIRE_STREAM);
	assert_int_equal(reply->generation, 1);
	struct ring_reader *reader = attach_reader(&reading, place, 0, 0);
	for (uint64_t seq = 1; seq <= 8; seq++)
		assert_next(reader, seq);
	peer_close(&reading);
	assert_string_equal(server->demand, "gate+ gate- ");
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	peer_close(&writing);
	assert_int_equal(server->workers_gone, 1);
}

/* Reads what is left of the generation, then goes on in the next one. */
static struct ring_reader *move_on(struct peer *peer, uint32_t place, struct ring_reader *reader)
{
	struct ring_frame frame;
	int r = 0;
	while ((r = ring_reader_next(reader, 0, &frame)) == -EAGAIN)
		continue;
	assert_int_equal(r, -ENODATA);
	uint32_t done = ring_reader_map(reader)->layout.info.generation;
	uint64_t position = ring_reader_position(reader);
	ring_reader_detach(reader);
	ring_reader_unref(reader);
	return attach_reader(peer, place, done, position);
}

static void test_new_format_loses_nothing(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_start(server);
	add_stream(server, "gate", "gate", false);
	peer_adopt(server, &writing, 7);
	peer_connect(server, &reading);
	uint32_t place = open_reader(&reading, "gate", FB_LOSSLESS);
	struct ring_reader *reader = NULL;
	uint64_t seq = 0;
	for (uint32_t generation = 1; generation <= 5; generation++) {
		struct ring_writer *next = NULL;
		if (writer)
			ring_writer_finish(writer);
		open_worker_writer(&writing, "gate", 64 * generation, &next);
		ring_writer_destroy(writer);
		writer = next;
		for (int i = 0; i < 6; i++)
			publish(writer);
		reader = reader ? move_on(&reading, place, reader) : attach_reader(&reading, place, 0, 0);
		assert_int_equal(ring_reader_map(reader)->layout.info.width, 64 * generation);
		for (int i = 0; i < 6; i++)
			assert_next(reader, ++seq);
	}
	assert_int_equal(ring_reader_missed(reader), 0);
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	peer_close(&reading);
	peer_close(&writing);
}

/* Three generations end before a lossless reader has read the first: the fourth waits for it. */
static void test_generations_wait_for_lossless_readers(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_start(server);
	add_stream(server, "gate", "gate", false);
	peer_adopt(server, &writing, 7);
	peer_connect(server, &reading);
	uint32_t place = open_reader(&reading, "gate", FB_LOSSLESS);
	for (uint32_t generation = 1; generation <= 2; generation++) {
		open_worker_writer(&writing, "gate", 64, &writer);
		publish(writer);
		ring_writer_finish(writer);
		ring_writer_destroy(writer);
	}
	struct ring_layout layout = worker_layout(64);
	uint32_t serial = peer_send(&writing, (struct wire_message){.type = WIRE_WRITER_OPEN,
								    .name = "gate",
								    .layout = &layout,
								    .layout_size = sizeof layout});
	assert_true(peer_has_nothing(&writing));
	struct ring_reader *reader = attach_reader(&reading, place, 0, 0);
	assert_next(reader, 1);
	const struct wire_message *reply = peer_receive(&writing);
	assert_int_equal(reply->type, WIRE_GENERATION);
	assert_int_equal(reply->serial, serial);
	assert_int_equal(reply->generation, 3);
	reader = move_on(&reading, place, reader);
	assert_next(reader, 2);
	ring_reader_unref(reader);
	peer_close(&reading);
	peer_close(&writing);
}

static void test_writer_dies(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	struct ring_frame frame;
	server_start(server);
	add_stream(server, "gate", "gate", true);
	peer_connect(server, &reading);
	uint32_t place = open_reader(&reading, "gate", FB_ORDERED);
	peer_adopt(server, &writing, 7);
	open_worker_writer(&writing, "gate", 64, &writer);
	publish(writer);
	struct ring_reader *reader = attach_reader(&reading, place, 0, 0);
	publish(writer);
	ring_writer_destroy(writer); /* without a word */
	peer_close(&writing);
	assert_int_equal(server->workers_gone, 1);
	assert_next(reader, 1);
	assert_next(reader, 2);
	assert_int_equal(ring_reader_next(reader, 0, &frame), -ENODATA);
	const struct wire_message *reply =
		peer_call(&reading, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place, .generation = 1});
	assert_int_equal(reply->type, WIRE_PENDING);
	assert_int_equal(reply->error, 0);

	peer_adopt(server, &writing, 7);
	open_worker_writer(&writing, "gate", 128, &writer);
	assert_int_equal(publish(writer), 3);
	assert_int_equal(peer_receive(&reading)->type, WIRE_STREAM);
	uint64_t position = ring_reader_position(reader);
	ring_reader_unref(reader);
	reader = attach_reader(&reading, place, 1, position);
	assert_next(reader, 3);
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	peer_close(&writing);
	peer_close(&reading);
}

static void assert_ended(struct peer *peer, uint32_t place, uint32_t done)
{
	const struct wire_message *reply =
		peer_call(peer, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place, .generation = done});
	assert_int_equal(reply->type, WIRE_PENDING);
	assert_int_equal(reply->error, ENODATA);
	assert_int_equal(reply->state, FB_ENDED);
}

static void test_created_stream_ends_with_its_writer(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_start(server);
	peer_connect(server, &writing);
	peer_connect(server, &reading);
	open_writer(&writing, "mine", KEYS, &writer);
	publish(writer);
	uint32_t early = open_reader(&reading, "mine", FB_ORDERED), late = open_reader(&reading, "mine", FB_LOSSLESS);
	struct ring_reader *reader = attach_reader(&reading, early, 0, 0);
	publish(writer);
	ring_writer_destroy(writer);
	peer_close(&writing);
	assert_refused(&reading, (struct wire_message){.type = WIRE_READER_OPEN, .name = "mine", .max_held = 1}, ENOENT,
		       "no stream mine");
	assert_next(reader, 1);
	assert_next(reader, 2);
	assert_ended(&reading, early, 1);
	ring_reader_unref(reader);
	reader = attach_reader(&reading, late, 0, 0); /* it was open before the end */
	assert_next(reader, 1);
	assert_next(reader, 2);
	assert_ended(&reading, late, 1);
	ring_reader_unref(reader);

	peer_connect(server, &writing); /* the name is free */
	open_writer(&writing, "mine", KEYS, &writer);
	ring_writer_destroy(writer);
	peer_close(&writing);
	peer_close(&reading);
}

static void test_declared_stream_outlives_its_writers(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_start(server);
	add_stream(server, "marked", NULL, false);
	peer_connect(server, &writing);
	peer_connect(server, &reading);
	uint32_t place = open_reader(&reading, "marked", FB_ORDERED);
	uint32_t id = open_writer(&writing, "marked", NULL, &writer);
	publish(writer);
	ring_writer_finish(writer);
	ring_writer_destroy(writer);
	struct wire_message close = {.type = WIRE_WRITER_CLOSE, .place = id};
	assert_int_equal(peer_call(&writing, close)->type, WIRE_DONE);
	struct ring_reader *reader = attach_reader(&reading, place, 0, 0);
	assert_next(reader, 1);
	assert_int_equal(ring_map_state(ring_reader_map(reader)), FB_IDLE);

	id = open_writer(&writing, "marked", NULL, &writer);
	reader = move_on(&reading, place, reader);
	assert_int_equal(publish(writer), 2);
	assert_next(reader, 2);
	ring_writer_finish(writer);
	ring_writer_destroy(writer);
	close = (struct wire_message){.type = WIRE_WRITER_CLOSE, .place = id, .flags = WIRE_END_OF_STREAM};
	assert_int_equal(peer_call(&writing, close)->type, WIRE_DONE);
	assert_ended(&reading, place, 2);
	ring_reader_unref(reader);
	place = open_reader(&reading, "marked", FB_ORDERED); /* waits for the next writer */
	const struct wire_message *reply =
		peer_call(&reading, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place});
	assert_int_equal(reply->type, WIRE_PENDING);
	assert_int_equal(reply->error, 0);
	peer_close(&writing);
	peer_close(&reading);
}

static void test_passes_of_a_source(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_start(server);
	add_stream(server, "clip", "clip", false);
	peer_adopt(server, &writing, 7);
	peer_connect(server, &reading);
	uint32_t first = open_reader(&reading, "clip", FB_LOSSLESS);
	uint32_t id = open_worker_writer(&writing, "clip", 64, &writer);
	publish(writer);
	ring_writer_finish(writer);
	ring_writer_destroy(writer);
	struct wire_message close = {.type = WIRE_WRITER_CLOSE, .place = id, .flags = WIRE_END_OF_STREAM};
	assert_int_equal(peer_call(&writing, close)->type, WIRE_DONE);
	uint32_t between =
		open_reader(&reading, "clip", FB_LOSSLESS); /* too late for this pass, which has not ended yet */
	control_stream_state(server->control, "clip", FB_ENDED);
	assert_string_equal(server->demand, "clip+ clip+ ");
	struct ring_reader *reader = attach_reader(&reading, first, 0, 0);
	assert_next(reader, 1);
	assert_ended(&reading, first, 1);
	ring_reader_unref(reader);

	open_worker_writer(&writing, "clip", 64, &writer);
	assert_int_equal(publish(writer), 2);
	reader = attach_reader(&reading, between, 0, 0);
	assert_next(reader, 2);
	ring_reader_unref(reader);
	assert_ended(&reading, first, 1);
	ring_writer_destroy(writer);
	peer_close(&writing);
	peer_close(&reading);
}

static void test_wait(void **state)
{
	struct server *server = *state;
	struct peer writing, waiting;
	struct ring_writer *writer = NULL;
	server_start(server);
	peer_connect(server, &waiting);
	uint32_t serial = peer_send(&waiting, (struct wire_message){.type = WIRE_WAIT, .name = "gate"});
	uint32_t other = peer_send(&waiting, (struct wire_message){.type = WIRE_WAIT, .name = "gate"});
	peer_send(&waiting, (struct wire_message){.type = WIRE_CANCEL, .count = other});
	assert_true(peer_has_nothing(&waiting));
	add_stream(server, "gate", "gate", true); /* it may come later */
	assert_string_equal(server->demand, "gate+ ");
	peer_adopt(server, &writing, 7);
	open_worker_writer(&writing, "gate", 64, &writer);
	control_stream_state(server->control, "gate", FB_LIVE);
	assert_true(peer_has_nothing(&waiting)); /* live, but no frame yet */
	publish(writer);
	const struct wire_message *reply = peer_receive(&waiting);
	assert_int_equal(reply->type, WIRE_LAYOUT);
	assert_int_equal(reply->serial, serial);
	assert_int_equal(reply->state, FB_LIVE);
	assert_int_equal(reply->layout_size, sizeof(struct ring_layout));
	assert_true(peer_has_nothing(&waiting));
	assert_string_equal(server->demand, "gate+ gate- ");
	ring_writer_destroy(writer);
	peer_close(&writing);
	peer_close(&waiting);
}

/* A closed reader lets the writer go on, but a frame that it still looks at stays. */
static void test_closed_reader_keeps_its_frames(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	struct ring_frame frame;
	server_start(server);
	add_stream(server, "marked", NULL, false);
	peer_connect(server, &writing);
	peer_connect(server, &reading);
	open_writer(&writing, "marked", NULL, &writer);
	uint32_t place = open_reader(&reading, "marked", FB_LOSSLESS);
	struct ring_reader *reader = attach_reader(&reading, place, 0, 0);
	uint64_t seq = publish(writer);
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	struct wire_message close = {.type = WIRE_READER_CLOSE, .place = place};
	assert_int_equal(peer_call(&reading, close)->type, WIRE_DONE);
	for (int i = 0; i < 50; i++)
		publish(writer);
	assert_memory_equal(frame.data, &seq, sizeof seq);
	assert_refused(&reading, close, EINVAL, "no reader");
	ring_reader_unhold(reader, frame.slot);
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	peer_close(&writing);
	peer_close(&reading);
}

/* Readers die with frames in hand: their places and slots come back. */
static void test_places_come_back(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	struct ring_reader *readers[5];
	struct ring_frame frames[5];
	server_start(server);
	add_stream(server, "marked", NULL, false);
	peer_connect(server, &writing);
	open_writer(&writing, "marked", NULL, &writer);
	publish(writer);
	for (int round = 0; round < 4; round++) {
		peer_connect(server, &reading);
		for (int i = 0; i < 5; i++) {
			uint32_t place = open_reader(&reading, "marked", FB_LOSSLESS);
			readers[i] = attach_reader(&reading, place, 0, 0);
			assert_int_equal(ring_reader_next(readers[i], 0, &frames[i]), 0);
		}
		peer_close(&reading);
		for (int i = 0; i < 20; i++)
			publish(writer);
		for (int i = 0; i < 5; i++) {
			ring_reader_unhold(readers[i], frames[i].slot);
			ring_reader_unref(readers[i]);
		}
	}
	ring_writer_destroy(writer);
	peer_close(&writing);
}

#define test(name) cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_program_writes_program_reads),
		test(test_reader_first),
		test(test_new_format_loses_nothing),
		test(test_generations_wait_for_lossless_readers),
		test(test_writer_dies),
		test(test_created_stream_ends_with_its_writer),
		test(test_declared_stream_outlives_its_writers),
		test(test_passes_of_a_source),
		test(test_wait),
		test(test_closed_reader_keeps_its_frames),
		test(test_places_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
