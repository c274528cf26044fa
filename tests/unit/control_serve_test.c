/* Readers and writers through the whole server: frames, changes of format, places. */
#include "base/clock.h"
#include "base/fd.h"
#include "control_peer.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_program_writes_program_reads(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_with_stream(server, "gate/marked", &writing, &reading);
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

static void test_new_format_loses_nothing(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_with_source(server, "gate", &writing, &reading);
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
		if (reader)
			assert_int_equal(ring_map_newest(ring_reader_map(reader)), generation);
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
	server_with_source(server, "gate", &writing, &reading);
	uint32_t place = open_reader(&reading, "gate", FB_LOSSLESS);
	for (uint32_t generation = 1; generation <= 2; generation++) {
		open_worker_writer(&writing, "gate", 64, &writer);
		publish(writer);
		ring_writer_finish(writer);
		ring_writer_destroy(writer);
	}
	struct ring_layout layout = worker_layout(64);
	const struct wire_message *pending = peer_call(&writing, (struct wire_message){.type = WIRE_WRITER_OPEN,
										       .name = "gate",
										       .layout = &layout,
										       .layout_size = sizeof layout});
	assert_int_equal(pending->type, WIRE_PENDING);
	assert_int_equal(pending->flags, WIRE_MORE);
	uint32_t serial = pending->serial;
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

/* A closed reader lets the writer go on, but a frame that it still looks at stays. */
static void test_closed_reader_keeps_its_frames(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	struct ring_frame frame;
	server_with_stream(server, "marked", &writing, &reading);
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

static void test_like_copies_a_layout(void **state)
{
	struct server *server = *state;
	struct peer worker, writing;
	struct ring_writer *writer = NULL, *copy = NULL;
	server_start(server);
	add_stream(server, "gate", "gate", false);
	add_stream(server, "marked", NULL, false);
	control_stream_like(server->control, "marked", "gate");
	peer_adopt(server, &worker, 7);
	peer_connect(server, &writing);
	open_worker_writer(&worker, "gate", 320, &writer);
	open_writer(&writing, "marked", NULL, &copy);
	assert_int_equal(ring_writer_map(copy)->layout.info.width, 320);
	assert_int_equal(ring_writer_map(copy)->layout.slots, 4 + 4 + 1);
	ring_writer_destroy(copy);
	open_writer(&writing, "other", "{like: gate, depth: 2, spare: 2}", &copy);
	assert_int_equal(ring_writer_map(copy)->layout.info.width, 320);
	assert_int_equal(ring_writer_map(copy)->layout.slots, 2 + 2 + 1);
	ring_writer_destroy(copy);
	add_stream(server, "gate/audio", "gate", false);
	add_stream(server, "yard", "yard", false);
	add_stream(server, "circle", NULL, false);
	control_stream_like(server->control, "circle", "circle");
	assert_true(control_streams_related(server->control, "gate/audio", "marked"));
	assert_true(control_streams_related(server->control, "other", "marked"));
	assert_false(control_streams_related(server->control, "marked", "yard"));
	assert_false(control_streams_related(server->control, "circle", "gate"));
	assert_false(control_streams_related(server->control, "nobody", "nobody"));
	ring_writer_destroy(writer);
	peer_close(&writing);
	peer_close(&worker);
}

/* A request to write a stream like one that has no layout yet waits for it, until its client forgets it. */
static void test_like_waits_for_a_layout(void **state)
{
	struct server *server = *state;
	struct peer worker, writing, other;
	struct ring_writer *writer = NULL;
	server_with_source(server, "gate", &worker, &writing);
	peer_connect(server, &other);
	struct wire_message open = {.type = WIRE_WRITER_OPEN,
				    .name = "marked",
				    .text = "{like: gate}",
				    .text_size = strlen("{like: gate}")};
	const struct wire_message *pending = peer_call(&writing, open);
	assert_int_equal(pending->type, WIRE_PENDING);
	assert_int_equal(pending->flags, WIRE_MORE);
	assert_string_equal(pending->name, "gate");
	uint32_t serial = pending->serial;
	assert_refused(&other, open, EAGAIN, "has a writer already");
	peer_send(&writing, (struct wire_message){.type = WIRE_CANCEL, .count = serial});
	assert_true(peer_has_nothing(&writing));
	assert_refused(&other, (struct wire_message){.type = WIRE_READER_OPEN, .name = "marked", .max_held = 1}, ENOENT,
		       "marked"); /* gone with its writer */
	assert_int_equal(peer_call(&other, open)->type, WIRE_PENDING);
	assert_true(peer_has_nothing(&other));
	open_worker_writer(&worker, "gate", 320, &writer);
	const struct wire_message *granted = peer_receive(&other);
	assert_int_equal(granted->type, WIRE_GENERATION);
	struct ring_layout layout;
	memcpy(&layout, granted->layout, sizeof layout);
	assert_int_equal(layout.info.width, 320);
	wire_packet_clear(&other.packet);
	ring_writer_destroy(writer);
	peer_close(&other);
	peer_close(&writing);
	peer_close(&worker);
}

/* Its end is still to be read when the next one asks. */
static void test_a_writer_that_hangs_up_makes_way(void **state)
{
	struct server *server = *state;
	struct peer writing, other;
	struct ring_writer *writer;
	server_with_stream(server, "shown", &writing, &other);
	open_writer(&writing, "shown", "", &writer);
	struct wire_message open = {.type = WIRE_WRITER_OPEN, .name = "shown", .text = ""};
	assert_refused(&other, open, EAGAIN, "has a writer already");
	peer_send(&other, open);
	wire_packet_clear(&writing.packet);
	fd_close(&writing.fd);
	assert_int_equal(peer_receive(&other)->type, WIRE_GENERATION);
	wire_packet_clear(&other.packet);
	ring_writer_destroy(writer);
	peer_close(&other);
	peer_connect(server, &other);
	open_writer(&other, "shown", "", &writer);
	publish(writer);
	ring_writer_destroy(writer);
	peer_close(&other);
}

/* Its writer sees that the layout which it copied is another now, and opens again. */
static void test_like_follows_a_layout(void **state)
{
	struct server *server = *state;
	struct peer worker, writing;
	struct ring_writer *writer = NULL, *copy = NULL;
	server_with_source(server, "gate", &worker, &writing);
	for (uint32_t width = 64; width <= 256; width *= 2) {
		open_worker_writer(&worker, "gate", width, &writer);
		ring_writer_destroy(writer);
		if (copy) {
			assert_true(ring_map_outdated(ring_writer_map(copy)));
			ring_writer_finish(copy);
			ring_writer_destroy(copy);
		}
		open_writer(&writing, "marked", "{like: gate}", &copy);
		assert_int_equal(ring_writer_map(copy)->layout.info.width, width);
		open_worker_writer(&worker, "gate", width, &writer); /* the same again */
		ring_writer_destroy(writer);
		assert_false(ring_map_outdated(ring_writer_map(copy)));
	}
	ring_writer_destroy(copy);
	peer_close(&writing);
	peer_close(&worker);
}

/* The writer says so in its own memory; the next generation's roster does. */
static void test_a_passed_over_reader_is_no_gate_any_more(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_with_source(server, "gate", &writing, &reading);
	uint32_t place = open_reader(&reading, "gate", FB_LOSSLESS);
	open_worker_writer(&writing, "gate", 64, &writer);
	assert_int_equal(ring_place_mode(ring_writer_map(writer)->roster->place[0]), FB_LOSSLESS);
	ring_writer_map(writer)->control->evicted[0] = ring_place_epoch(ring_writer_map(writer)->roster->place[0]);
	ring_writer_finish(writer);
	ring_writer_destroy(writer);
	open_worker_writer(&writing, "gate", 64, &writer);
	assert_int_equal(ring_place_mode(ring_writer_map(writer)->roster->place[0]), FB_ORDERED);
	assert_true(ring_place_active(ring_writer_map(writer)->roster->place[0]));
	ring_writer_destroy(writer);
	assert_int_equal(peer_call(&reading, (struct wire_message){.type = WIRE_READER_CLOSE, .place = place})->type,
			 WIRE_DONE);
	peer_close(&writing);
	peer_close(&reading);
}

/* Whoever asks on and on without reading gets all answers, in order, once it does. */
static void test_answers_wait_for_a_slow_client(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	server_with_stream(server, "marked", &writing, &reading);
	open_writer(&writing, "marked", NULL, &writer);
	uint32_t place = open_reader(&reading, "marked", FB_LATEST), first = reading.serial + 1;
	int before = count_fds();
	for (int i = 0; i < 50; i++)
		peer_send(&reading, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place});
	server_turn(server, 30 * NS_PER_MS);
	assert_true(count_fds() <= before + RING_FD_PAGES + 1); /* one answer waits, not fifty */
	assert_int_equal(wire_receive(reading.fd, &reading.packet, true), 0);
	struct wire_packet second;
	assert_int_equal(wire_receive(reading.fd, &second, true), -EAGAIN); /* one is under way */
	assert_int_equal(reading.packet.message.serial, first++);
	for (uint32_t i = 0; i < 49; i++) {
		const struct wire_message *reply = peer_receive(&reading);
		assert_int_equal(reply->type, WIRE_GENERATION);
		assert_int_equal(reply->serial, first + i);
		assert_int_equal(reading.packet.fd_count, RING_FD_PAGES + 1);
	}
	ring_writer_destroy(writer);
	peer_close(&reading);
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
		test(test_closed_reader_keeps_its_frames),
		test(test_places_come_back),
		test(test_like_copies_a_layout),
		test(test_like_waits_for_a_layout),
		test(test_a_writer_that_hangs_up_makes_way),
		test(test_like_follows_a_layout),
		test(test_a_passed_over_reader_is_no_gate_any_more),
		test(test_answers_wait_for_a_slow_client),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
