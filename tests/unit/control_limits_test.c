/* A greedy user is refused, and another one notices nothing. */
#include "base/clock.h"
#include "control_peer.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define GREEDY 4711
#define MODEST 4712
#define KEYS "{pixel_format: gray, width: 64, height: 16, depth: 4, spare: 4}"

static struct config_access *rule(struct server *server)
{
	struct config_access *access = server->config.access;
	server->config.access = realloc(access, (server->config.access_count + 1) * sizeof *access);
	access = &server->config.access[server->config.access_count++];
	*access = (struct config_access){.group = strdup(""), .allow = CONFIG_ALLOW_READ | CONFIG_ALLOW_WRITE};
	access->streams.items = calloc(1, sizeof(char *));
	access->streams.items[0] = strdup("*");
	access->streams.count = 1;
	return access;
}

static int setup(void **state)
{
	int r = server_setup(state);
	if (geteuid() != 0)
		return r;
	rule(*state)->user = strdup("4711");
	rule(*state)->user = strdup("4712");
	return r;
}

static const struct wire_message hello = {.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL, .abi = RING_ABI};

static void connect_as(struct server *server, struct peer *peer, uid_t uid)
{
	peer_connect_as(server, peer, uid);
	assert_int_equal(peer_call(peer, hello)->type, WIRE_WELCOME);
}

static void test_clients(void **state)
{
	struct server *server = *state;
	struct peer greedy[8], more, modest[8];
	server_start(server); /* max_clients: 16 */
	for (int i = 0; i < 8; i++)
		connect_as(server, &greedy[i], GREEDY);
	peer_connect_as(server, &more, GREEDY);
	assert_refused(&more, hello, EUSERS, "user 4711 has 8 clients already: raise broker.limits.clients");
	peer_close(&more);
	for (int i = 0; i < 8; i++)
		connect_as(server, &modest[i], MODEST);
	peer_close(&greedy[0]);
	connect_as(server, &greedy[0], GREEDY);
	for (int i = 0; i < 8; i++) {
		peer_close(&greedy[i]);
		peer_close(&modest[i]);
	}
}

/* Who is not let in at all cannot take the places of others either, whether it says HELLO or not. */
static void test_strangers_take_no_places(void **state)
{
	struct server *server = *state;
	struct peer strangers[32], modest;
	server_start(server);
	for (int i = 0; i < 32; i++)
		peer_connect_as(server, &strangers[i], 4713);
	server_turn(server, 5 * NS_PER_MS);
	connect_as(server, &modest, MODEST);
	assert_refused(&strangers[0], hello, EACCES, "user 4713 may not connect");
	assert_true(peer_is_disconnected(&strangers[31]));
	for (int i = 0; i < 32; i++)
		peer_close(&strangers[i]);
	peer_close(&modest);
}

/* Refused while there was no room; at its HELLO there is some. */
static void test_who_waits_long_enough_is_let_in(void **state)
{
	struct server *server = *state;
	struct peer first, second, third;
	server->config.limits.clients = 1;
	server_start(server);
	connect_as(server, &first, GREEDY);
	peer_connect_as(server, &second, GREEDY);
	server_turn(server, 2 * NS_PER_MS);
	peer_close(&first);
	assert_int_equal(peer_call(&second, hello)->type, WIRE_WELCOME);
	peer_connect_as(server, &third, GREEDY);
	assert_refused(&third, hello, EUSERS, "1 clients");
	peer_close(&third);
	peer_close(&second);
}

static void test_readers(void **state)
{
	struct server *server = *state;
	struct peer greedy[2], modest;
	struct wire_message open = {.type = WIRE_READER_OPEN, .name = "gate", .max_held = 1};
	server_start(server);
	add_stream(server, "gate", NULL, false); /* max_readers: 8 */
	connect_as(server, &greedy[0], GREEDY);
	connect_as(server, &greedy[1], GREEDY);
	connect_as(server, &modest, MODEST);
	for (int i = 0; i < 4; i++)
		open_reader(&greedy[i % 2], "gate", FB_LATEST);
	assert_refused(&greedy[1], open, EUSERS, "user 4711 has 4 readers of stream gate already");
	for (int i = 0; i < 4; i++)
		open_reader(&modest, "gate", FB_LATEST);
	peer_close(&greedy[0]);
	open_reader(&greedy[1], "gate", FB_LATEST);
	peer_close(&greedy[1]);
	peer_close(&modest);
}

/* With all that the greedy user may hold held, frames still come to the other one, each of them. */
static void test_held(void **state)
{
	struct server *server = *state;
	struct peer writing, greedy, modest;
	struct ring_writer *writer = NULL;
	struct ring_reader *hoarders[3], *reader;
	struct ring_frame held[7];
	struct wire_message open = {.type = WIRE_READER_OPEN, .name = "mine", .max_held = 7};
	server->config.limits.readers = 100;
	server->config.limits.held = 6;
	server_start(server);
	peer_connect(server, &writing);
	open_writer(&writing, "mine", KEYS, &writer); /* 8 slots, and one more */
	connect_as(server, &greedy, GREEDY);
	connect_as(server, &modest, MODEST);
	assert_refused(&greedy, open, EUSERS, "may hold 6 frames of stream mine, and ask for 7: raise");
	for (int i = 0; i < 3; i++)
		hoarders[i] = attach_reader(&greedy, open_reader(&greedy, "mine", FB_LATEST), 0, 0);
	open.max_held = 1;
	assert_refused(&greedy, open, EUSERS, "and ask for 7");
	reader = attach_reader(&modest, open_reader(&modest, "mine", FB_ORDERED), 0, 0);
	for (uint64_t seq = 1; seq <= 100; seq++) {
		assert_int_equal(publish(writer), seq);
		assert_next(reader, seq);
		if (seq <= 6)
			assert_int_equal(ring_reader_next(hoarders[seq % 3], 0, &held[seq]), 0);
	}
	assert_int_equal(ring_reader_missed(reader), 0);
	ring_reader_unref(reader);
	for (unsigned seq = 1; seq <= 6; seq++)
		ring_reader_unhold(hoarders[seq % 3], held[seq].slot);
	for (unsigned i = 0; i < 3; i++)
		ring_reader_unref(hoarders[i]);
	peer_close(&greedy);
	peer_close(&modest);
	peer_close(&writing);
	ring_writer_destroy(writer);
}

static void test_streams_and_memory(void **state)
{
	struct server *server = *state;
	struct peer greedy, modest;
	struct ring_writer *writers[5] = {NULL};
	struct wire_message open = {.type = WIRE_WRITER_OPEN, .name = "more", .text = KEYS, .text_size = strlen(KEYS)};
	const char *large = "{pixel_format: gray, width: 640, height: 480, depth: 4, spare: 4}";
	server->config.limits.streams = 3;
	server->config.limits.memory_bytes = 2 << 20;
	server_start(server);
	connect_as(server, &greedy, GREEDY);
	connect_as(server, &modest, MODEST);
	open_writer(&greedy, "a", KEYS, &writers[0]);
	open_writer(&greedy, "b", KEYS, &writers[1]);
	struct wire_message open_large = {
		.type = WIRE_WRITER_OPEN, .name = "large", .text = large, .text_size = strlen(large)};
	assert_refused(&greedy, open_large, ENOSPC, "of the 2.00 MiB that its streams may have");
	open_writer(&greedy, "c", KEYS, &writers[2]);
	assert_refused(&greedy, open, EUSERS, "user 4711 has created 3 streams already");
	open_writer(&modest, "more", KEYS, &writers[3]);
	peer_close(&greedy);
	connect_as(server, &greedy, GREEDY);
	open_writer(&greedy, "a", KEYS, &writers[4]);
	peer_close(&greedy);
	peer_close(&modest);
	for (int i = 0; i < 5; i++)
		ring_writer_destroy(writers[i]);
}

/* A stream that is gone counts as long as its frames are kept for a reader. */
static void test_memory_of_removed_streams(void **state)
{
	struct server *server = *state;
	struct peer greedy, reading;
	struct ring_writer *writer = NULL;
	struct ring_reader *reader = NULL;
	const char *large = "{pixel_format: gray, width: 640, height: 400, depth: 4, spare: 0}";
	server->config.limits.memory_bytes = 2 << 20;
	server_start(server);
	connect_as(server, &reading, GREEDY);
	connect_as(server, &greedy, GREEDY);
	uint32_t place = open_writer(&greedy, "large", large, &writer);
	reader = attach_reader(&reading, open_reader(&reading, "large", FB_LATEST), 0, 0);
	publish(writer);
	assert_int_equal(peer_call(&greedy, (struct wire_message){.type = WIRE_WRITER_CLOSE, .place = place})->type,
			 WIRE_DONE);
	assert_refused(&greedy,
		       (struct wire_message){
			       .type = WIRE_WRITER_OPEN, .name = "large", .text = large, .text_size = strlen(large)},
		       ENOSPC, "user 4711 has 1.50 of the 2.00 MiB");
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	peer_close(&reading);
	open_writer(&greedy, "large", large, &writer);
	ring_writer_destroy(writer);
	peer_close(&greedy);
}

static void test_waits(void **state)
{
	struct server *server = *state;
	struct peer greedy[2], modest;
	struct wire_message wait = {.type = WIRE_WAIT, .name = "never"};
	server_start(server);
	connect_as(server, &greedy[0], GREEDY);
	connect_as(server, &greedy[1], GREEDY);
	connect_as(server, &modest, MODEST);
	for (int i = 0; i < 256; i++)
		peer_send(&greedy[i % 2], wait);
	assert_refused(&greedy[0], wait, EUSERS, "user 4711 waits for 256 streams already");
	peer_send(&modest, wait);
	assert_true(peer_has_nothing(&modest));
	peer_close(&greedy[0]);
	peer_close(&greedy[1]);
	peer_close(&modest);
}

/* All its connections together: none of them alone sends too much. */
static void test_messages(void **state)
{
	struct server *server = *state;
	struct peer greedy[4], modest;
	int lost = 0;
	server->config.limits.messages = 10; /* a burst of 50 */
	server_start(server);
	connect_as(server, &modest, MODEST);
	for (int i = 0; i < 4; i++)
		connect_as(server, &greedy[i], GREEDY);
	for (int i = 0; i < 60 * 4; i++)
		wire_send(greedy[i % 4].fd, &(struct wire_message){.type = WIRE_CANCEL, .count = 1}, NULL, 0);
	assert_int_equal(peer_call(&modest, (struct wire_message){.type = WIRE_STATUS})->type, WIRE_TEXT);
	for (int i = 0; i < 4; i++)
		lost += peer_is_disconnected(&greedy[i]);
	assert_int_equal(lost, 4);
	assert_int_equal(peer_call(&modest, (struct wire_message){.type = WIRE_STATUS})->type, WIRE_TEXT);
	for (int i = 0; i < 4; i++)
		peer_close(&greedy[i]);
	peer_close(&modest);
}

/* The broker's own user takes what there is. */
static void test_own_user(void **state)
{
	struct server *server = *state;
	struct peer peer;
	server->config.limits = (struct config_limits){.clients = 1, .readers = 1, .held = 1, .messages = 10};
	server_start(server);
	add_stream(server, "gate", NULL, false);
	peer_connect(server, &peer);
	for (int i = 0; i < 8; i++)
		open_reader(&peer, "gate", FB_LATEST);
	for (int i = 0; i < 60; i++)
		assert_int_equal(peer_call(&peer, (struct wire_message){.type = WIRE_STATUS})->type, WIRE_TEXT);
	peer_close(&peer);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, server_teardown)

int main(void)
{
	const struct CMUnitTest as_root[] = {
		test(test_clients),
		test(test_strangers_take_no_places),
		test(test_who_waits_long_enough_is_let_in),
		test(test_readers),
		test(test_held),
		test(test_streams_and_memory),
		test(test_memory_of_removed_streams),
		test(test_waits),
		test(test_messages),
	};
	const struct CMUnitTest as_anybody[] = {test(test_own_user)};
	int r = geteuid() == 0 ? cmocka_run_group_tests(as_root, NULL, NULL) : 0; /* only root can be others */
	return r + cmocka_run_group_tests(as_anybody, NULL, NULL);
}
