/* control_takeover_test.c: a server that goes on where another one died, and what it makes of records that are damaged.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "clients/state.h"
#include "control_peer.h"
#include "streams/streams.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct peer writing, reading;

static void replace(struct server *server)
{
	assert_int_equal(server_replace(server, server->records, server->record_count), 0);
	assert_int_equal(peer_receive(&reading)->type, WIRE_RESUMED);
	assert_int_equal(peer_receive(&writing)->type, WIRE_RESUMED);
}

/* Sends it under a serial that was used before. */
static const struct wire_message *call_again(struct peer *peer, struct wire_message message, uint32_t serial)
{
	message.serial = serial;
	message.flags |= WIRE_AGAIN;
	assert_int_equal(wire_send(peer->fd, &message, NULL, 0), 0);
	const struct wire_message *reply = peer_receive(peer);
	assert_int_equal(reply->serial, serial);
	return reply;
}

static struct wire_message open_shown(void)
{
	return (struct wire_message){
		.type = WIRE_READER_OPEN, .name = "shown", .mode = FB_ORDERED, .max_held = 2, .flags = 0};
}

static void frames_go_on(void **state)
{
	struct server *server = *state;
	struct ring_writer *writer;
	server_with_stream(server, "shown", &writing, &reading);
	uint32_t write_place = open_writer(&writing, "shown", "", &writer);
	uint32_t place = open_reader(&reading, "shown", FB_LOSSLESS);
	struct ring_reader *reader = attach_reader(&reading, place, 0, 0);
	assert_next(reader, publish(writer));
	for (int round = 0; round < 3; round++) {
		publish(writer);
		replace(server);
		assert_next(reader, publish(writer) - 1);
		assert_next(reader, 2 * (uint64_t)round + 3);
	}
	struct wire_message close = {.type = WIRE_WRITER_CLOSE, .place = write_place};
	assert_int_equal(peer_call(&writing, close)->type, WIRE_DONE);
	ring_writer_destroy(writer);
	close = (struct wire_message){.type = WIRE_READER_CLOSE, .place = place};
	assert_int_equal(peer_call(&reading, close)->type, WIRE_DONE);
	ring_reader_unref(reader);
	peer_close(&reading);
	peer_close(&writing);
	assert_int_equal(server->record_count, 2); /* the stream, and the server itself */
}

/* The frames of the time before are not counted as those of the first second after it. */
static void the_rate_goes_on_from_what_there_is(void **state)
{
	struct server *server = *state;
	struct ring_writer *writer;
	server_with_stream(server, "shown", &writing, &reading);
	open_writer(&writing, "shown", "", &writer);
	for (unsigned i = 0; i < 500; i++)
		publish(writer);
	replace(server);
	const struct meter *rate = &stream_owner(server->control->registry.streams)->rate;
	assert_int_equal(rate->samples, 1);
	assert_int_equal(rate->counts[0], 500);
	ring_writer_destroy(writer);
	peer_close(&reading);
	peer_close(&writing);
}

static void what_was_done_is_answered_again(void **state)
{
	struct server *server = *state;
	struct ring_writer *writer;
	server_with_stream(server, "shown", &writing, &reading);
	uint32_t write_place = open_writer(&writing, "shown", "", &writer), ready = writing.serial;
	uint32_t place = peer_call(&reading, open_shown())->place, opened = reading.serial;
	replace(server);
	assert_int_equal(call_again(&reading, open_shown(), opened)->place, place);
	struct wire_message message = {.type = WIRE_WRITER_READY, .place = write_place};
	assert_int_equal(call_again(&writing, message, ready)->type, WIRE_DONE);
	message.place = write_place + 1000; /* of a generation that was not ready */
	assert_refused(&writing, message, ESTALE, "open it again");
	message = (struct wire_message){.type = WIRE_READER_CLOSE, .place = place};
	assert_int_equal(peer_call(&reading, message)->type, WIRE_DONE);
	uint32_t closed = reading.serial;
	replace(server);
	assert_int_equal(call_again(&reading, message, closed)->type, WIRE_DONE);
	assert_refused(&reading, message, EINVAL, "no reader");
	ring_writer_destroy(writer);
	peer_close(&reading);
	peer_close(&writing);
}

static void what_was_not_read_is_answered_once(void **state)
{
	struct server *server = *state;
	server_with_stream(server, "shown", &writing, &reading);
	uint32_t serial = peer_send(&reading, open_shown()); /* nobody reads it before the server dies */
	assert_int_equal(server_replace(server, server->records, server->record_count), 0);
	struct wire_message again = open_shown();
	again.serial = serial;
	again.flags = WIRE_AGAIN;
	assert_int_equal(wire_send(reading.fd, &again, NULL, 0), 0);
	assert_int_equal(peer_receive(&reading)->type, WIRE_RESUMED);
	assert_int_equal(peer_receive(&reading)->type, WIRE_PLACE);
	assert_true(peer_has_nothing(&reading));
	peer_close(&reading);
	peer_close(&writing);
}

static void close_shown(uint32_t place)
{
	struct wire_message close = {.type = WIRE_READER_CLOSE, .place = place};
	assert_int_equal(peer_call(&reading, close)->type, WIRE_DONE);
}

/* Takes several numbers at once. */
static struct wire_message open_grouped(void)
{
	struct wire_message message = open_shown();
	strcpy(message.group_name, "team");
	return message;
}

/* The server dies after so many others were opened, when so much of the last change has been kept. */
static void die_while_opening(struct server *server, int opened_before, int kept)
{
	replace(server);
	for (int i = 0; i < opened_before; i++)
		close_shown(peer_call(&reading, open_shown())->place);
	server->records_left = kept;
	peer_call(&reading, open_grouped()); /* it is dead before this answer */
	uint32_t serial = reading.serial;
	replace(server);
	uint32_t place = call_again(&reading, open_grouped(), serial)->place;
	uint32_t next = peer_call(&reading, open_shown())->place;
	assert_int_not_equal(next, place);
	close_shown(place);
	close_shown(next);
}

static void numbers_are_given_away_once(void **state)
{
	struct server *server = *state;
	server_with_stream(server, "shown", &writing, &reading);
	for (int kept = 0; kept < 4; kept++)
		for (int before = 0; before < 20; before++)
			die_while_opening(server, before, kept);
	peer_close(&reading);
	peer_close(&writing);
}

static void a_client_that_died_meanwhile_is_missed(void **state)
{
	struct server *server = *state;
	struct ring_writer *writer;
	server_with_stream(server, "shown", &writing, &reading);
	open_writer(&writing, "shown", "", &writer);
	open_reader(&reading, "shown", FB_LOSSLESS);
	size_t before = server->record_count;
	wire_packet_clear(&reading.packet);
	fd_close(&reading.fd);
	assert_int_equal(server_replace(server, server->records, server->record_count), 0);
	assert_int_equal(peer_receive(&writing)->type, WIRE_RESUMED);
	server_turn(server, 5 * NS_PER_MS);
	assert_int_equal(server->record_count, before - 1);
	for (int i = 0; i < 20; i++) /* its gate is gone */
		publish(writer);
	ring_writer_destroy(writer);
	peer_close(&writing);
}

static void another_version_is_refused(void **state)
{
	struct server *server = *state;
	server_with_stream(server, "shown", &writing, &reading);
	for (size_t i = 0; i < server->record_count; i++) {
		char *version = memmem(server->records[i].blob, server->records[i].size, "\"version\":1", 11);
		if (version)
			version[10] = '2';
	}
	assert_int_equal(server_replace(server, server->records, server->record_count), -EPROTO);
	peer_close(&reading);
	peer_close(&writing);
}

/* Whatever stands in the records: it is taken, or refused as a whole. */
static void damaged_records_harm_nobody(void **state)
{
	struct server *server = *state;
	struct ring_writer *writer;
	struct control_record records[64];
	server_with_stream(server, "shown", &writing, &reading);
	open_writer(&writing, "shown", "", &writer);
	open_reader(&reading, "shown", FB_LOSSLESS);
	struct wire_message member = open_shown();
	strcpy(member.group_name, "group");
	assert_int_equal(peer_call(&reading, member)->type, WIRE_PLACE);
	size_t count = server->record_count;
	for (size_t i = 0; i < count; i++) { /* a set of our own, which dying servers do not change */
		records[i] = server->records[i];
		records[i].blob = malloc(records[i].size);
		memcpy(records[i].blob, server->records[i].blob, records[i].size);
		records[i].fds = malloc((records[i].fd_count + 1) * sizeof(int));
		for (size_t k = 0; k < records[i].fd_count; k++)
			records[i].fds[k] = dup(server->records[i].fds[k]);
	}
	unsigned random = 1, refused = 0;
	for (int round = 0; round < 2000; round++) {
		struct control_record *record = &records[rand_r(&random) % count], whole = *record;
		size_t at = (size_t)rand_r(&random) % record->size;
		char before = record->blob[at];
		switch (rand_r(&random) % 4) {
		case 0:
			record->size = at;
			break;
		case 1:
			record->fd_count = record->fd_count ? (size_t)rand_r(&random) % record->fd_count : 0;
			break;
		case 2:
			record->blob[at] = (char)('0' + rand_r(&random) % 10);
			break;
		default:
			record->blob[at] ^= (char)(1 << rand_r(&random) % 8);
		}
		refused += server_replace(server, records, count) < 0;
		record->blob[at] = before;
		record->size = whole.size;
		record->fd_count = whole.fd_count;
	}
	assert_true(refused > 500);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < records[i].fd_count; k++)
			fd_close(&records[i].fds[k]);
		free(records[i].fds);
		free(records[i].blob);
	}
	ring_writer_destroy(writer);
	peer_close(&reading);
	peer_close(&writing);
}

static int setup(void **state)
{
	int r = server_setup(state);
	((struct server *)*state)->keeps = true;
	((struct server *)*state)->records_left = -1;
	return r;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, server_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_rate_goes_on_from_what_there_is), TEST(frames_go_on),
		TEST(what_was_done_is_answered_again),     TEST(what_was_not_read_is_answered_once),
		TEST(numbers_are_given_away_once),         TEST(a_client_that_died_meanwhile_is_missed),
		TEST(another_version_is_refused),          TEST(damaged_records_harm_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
