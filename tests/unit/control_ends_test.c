/* What ends and how its readers learn it: writers, passes, streams; and those who wait for a beginning. */
#include "config/schema.h"
#include "control_peer.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define KEYS "{pixel_format: gray, width: 64, height: 16, depth: 4, spare: 4}"

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
	assert_int_equal(ring_map_state(ring_reader_map(reader)), FB_ENDED);
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
	server_with_stream(server, "marked", &writing, &reading);
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
	server_with_source(server, "clip", &writing, &reading);
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
	assert_string_equal(server->written, "clip ");
	assert_false(control_stream_written(server->control, "clip"));
	struct ring_reader *reader = attach_reader(&reading, first, 0, 0);
	assert_next(reader, 1);
	assert_ended(&reading, first, 1);
	ring_reader_unref(reader);

	open_worker_writer(&writing, "clip", 64, &writer);
	assert_string_equal(server->written, "clip clip ");
	assert_true(control_stream_written(server->control, "clip"));
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

static void test_removed_stream(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_with_source(server, "gate", &writing, &reading);
	uint32_t place = open_reader(&reading, "gate", FB_ORDERED), pending = open_reader(&reading, "gate", FB_LATEST);
	assert_int_equal(peer_call(&reading, (struct wire_message){.type = WIRE_READER_ATTACH, .place = pending})->type,
			 WIRE_PENDING);
	struct ring_layout layout = worker_layout(64);
	uint32_t serial = peer_send(&writing, (struct wire_message){.type = WIRE_WRITER_OPEN,
								    .name = "gate",
								    .layout = &layout,
								    .layout_size = sizeof layout});
	server_turn(server, 0); /* memory is being reserved */
	control_stream_remove(server->control, "gate");
	const struct wire_message *reply = peer_receive(&writing); /* either way there is an answer */
	assert_int_equal(reply->serial, serial);
	assert_refused(&writing, (struct wire_message){.type = WIRE_WRITER_READY, .place = reply->place}, EPIPE,
		       "ended");
	reply = peer_receive(&reading);
	assert_int_equal(reply->type, WIRE_STREAM);
	assert_int_equal(reply->state, FB_ENDED);
	assert_ended(&reading, pending, 0);
	assert_ended(&reading, place, 0);

	add_stream(server, "gate", "gate", false); /* its successor */
	open_worker_writer(&writing, "gate", 64, &writer);
	assert_ended(&reading, place, 0);
	ring_writer_destroy(writer);
	peer_close(&writing);
	peer_close(&reading);
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

#define test(name) cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

/* Other keys are no end: the reader goes on in the next generation, which has them. */
static void test_changed_stream(void **state)
{
	struct server *server = *state;
	struct peer worker, client;
	struct ring_writer *writer = NULL, *source_writer = NULL;
	struct config_output output;
	server_with_source(server, "gate", &worker, &client);
	add_stream(server, "marked", NULL, false);
	uint32_t place = open_reader(&client, "marked", FB_LOSSLESS);
	uint32_t id = open_writer(&client, "marked", NULL, &writer);
	open_worker_writer(&worker, "gate", 64, &source_writer);
	publish(writer);
	make_output("marked", &output);
	output.width = 32;
	output.depth = 2;
	control_stream_change(server->control, "marked", &output);
	control_stream_change(server->control, "gate", &output);
	control_stream_change(server->control, "nobody", &output);
	schema_clear(&schema_output, &output);
	assert_true(ring_map_outdated(ring_writer_map(writer)));         /* as the program sees with its next frame */
	assert_false(ring_map_outdated(ring_writer_map(source_writer))); /* a worker is told in another way */
	struct ring_reader *reader = attach_reader(&client, place, 0, 0);
	assert_next(reader, 1);
	ring_writer_finish(writer);
	ring_writer_destroy(writer);
	assert_int_equal(peer_call(&client, (struct wire_message){.type = WIRE_WRITER_CLOSE, .place = id})->type,
			 WIRE_DONE);
	open_writer(&client, "marked", NULL, &writer);
	assert_int_equal(ring_writer_map(writer)->layout.info.width, 32);
	assert_int_equal(ring_writer_map(writer)->layout.info.depth, 2);
	reader = move_on(&client, place, reader);
	assert_int_equal(publish(writer), 2);
	assert_next(reader, 2);
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	ring_writer_destroy(source_writer);
	peer_close(&client);
	peer_close(&worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_created_stream_ends_with_its_writer),
		test(test_declared_stream_outlives_its_writers),
		test(test_passes_of_a_source),
		test(test_wait),
		test(test_removed_stream),
		test(test_writer_dies),
		test(test_changed_stream),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
