/* control_pool_test.c: what the core does for pools: members join, leave and die, and turns pass. */
#include "base/clock.h"
#include "control_pool_support.h"
#include "ring/pool.h"
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_writers_join_one_generation(void **state)
{
	struct server *server = *state;
	struct peer one, two, three;
	uint32_t places[3];
	uint64_t seq = 0;
	server_with_pool(server);
	peer_connect(server, &one);
	peer_connect(server, &two);
	peer_connect(server, &three);
	struct ring_writer *first = join(&one, &places[0]), *second = join(&two, &places[1]);
	assert_int_equal(ring_writer_map(first)->layout.info.generation, 1);
	assert_int_equal(ring_writer_map(second)->layout.info.generation, 1);
	assert_int_equal(ring_writer_map(first)->layout.max_writers, MEMBERS);
	assert_refused(&three, open_out, EAGAIN, "has 2 writers already, the most by its `max_writers`");
	struct ring_reader *reader = attach_reader(&reading, open_reader(&reading, "out", FB_ORDERED), 0, 1);
	ring_pool_bind(first, 0, NULL);
	ring_pool_bind(second, 0, NULL);
	unsigned a = claim(first, 0), b = claim(second, 0);
	assert_int_equal(show(second, b, 2, &seq), 0);
	assert_int_equal(show(first, a, 1, &seq), 0);
	assert_result(server, reader, 1, 1);
	assert_result(server, reader, 2, 2);

	leave(&one, places[0], first, 0);
	assert_int_equal(ring_map_state(ring_reader_map(reader)), FB_LIVE);
	first = join(&three, &places[0]);
	assert_int_equal(ring_writer_map(first)->layout.info.generation, 1);
	leave(&two, places[1], second, WIRE_END_OF_STREAM);
	assert_int_equal(ring_map_state(ring_reader_map(reader)), FB_LIVE); /* one of them goes on */
	leave(&three, places[0], first, 0);
	assert_int_equal(ring_map_state(ring_reader_map(reader)), FB_ENDED);
	ring_reader_unref(reader);
	peer_close(&one);
	peer_close(&two);
	peer_close(&three);
	peer_close(&reading);
}

static void test_two_open_at_once(void **state)
{
	struct server *server = *state;
	struct peer one, two;
	server_with_pool(server);
	peer_connect(server, &one);
	peer_connect(server, &two);
	peer_send(&one, open_out);
	peer_send(&two, open_out);
	peer_receive(&two);
	struct ring_writer *second = join_from_reply(&two);
	peer_receive(&one);
	struct ring_writer *first = join_from_reply(&one);
	assert_int_equal(ring_writer_map(first)->layout.info.generation, 1);
	assert_int_equal(ring_writer_map(second)->layout.info.generation, 1);
	ring_writer_destroy(first);
	ring_writer_destroy(second);
	peer_close(&one);
	peer_close(&two);
	peer_close(&reading);
}

static void test_who_opens_dies_and_who_waits_is_told(void **state)
{
	struct server *server = *state;
	struct peer one, two;
	uint32_t place;
	server_with_pool(server);
	peer_connect(server, &one);
	peer_connect(server, &two);
	add_stream(server, "follower", NULL, false);
	control_stream_pool(server->control, "follower", MEMBERS, REORDER_NS);
	control_stream_like(server->control, "follower", "in"); /* which has no layout: the request stays open */
	struct wire_message open = {.type = WIRE_WRITER_OPEN, .name = "follower"};
	peer_send(&one, open);
	assert_int_equal(peer_call(&two, open)->type, WIRE_PENDING);
	uint32_t serial = two.packet.message.serial;
	assert_true(peer_has_nothing(&two));
	assert_refused(&reading, open, EAGAIN, "has 2 writers already");
	peer_send(&two, (struct wire_message){.type = WIRE_CANCEL, .count = serial});
	assert_int_equal(peer_call(&two, open)->type, WIRE_PENDING); /* its place is free again */
	serial = two.packet.message.serial;
	peer_close(&one);
	assert_int_equal(peer_receive(&two)->type, WIRE_ERROR);
	assert_int_equal(two.packet.message.serial, serial);
	assert_int_equal(two.packet.message.error, EPIPE);
	struct ring_writer *writer = join(&two, &place); /* of out: it is as good as before */
	ring_writer_destroy(writer);
	peer_close(&two);
	peer_close(&reading);
}

static void test_a_dead_member_holds_nobody_up(void **state)
{
	struct server *server = *state;
	struct peer one, two;
	uint32_t places[2];
	uint64_t seq = 0;
	server_with_pool(server);
	peer_connect(server, &one);
	peer_connect(server, &two);
	struct ring_writer *first = join(&one, &places[0]), *second = join(&two, &places[1]);
	struct ring_reader *reader = attach_reader(&reading, open_reader(&reading, "out", FB_ORDERED), 0, 1);
	ring_pool_bind(first, 0, NULL);
	ring_pool_bind(second, 0, NULL);
	claim(first, 0);
	unsigned ready = claim(first, 0), later = claim(second, 0);
	assert_int_equal(show(first, ready, 2, &seq), 0);
	assert_int_equal(show(second, later, 3, &seq), 0);
	peer_close(&one);
	assert_result(server, reader, 1, 2); /* what it had published */
	assert_result(server, reader, 2, 3);
	assert_int_equal(ring_pool_claim(first, 0, 0, &ready), -EPIPE); /* if it were alive, after all */
	ring_writer_destroy(first);
	ring_writer_destroy(second);
	ring_reader_unref(reader);
	peer_close(&two);
	peer_close(&reading);
}

static void test_a_turn_passes_after_the_timeout(void **state)
{
	struct server *server = *state;
	struct peer one;
	uint32_t place;
	uint64_t seq = 0;
	server_with_pool(server);
	peer_connect(server, &one);
	struct ring_writer *writer = join(&one, &place);
	struct ring_reader *reader = attach_reader(&reading, open_reader(&reading, "out", FB_ORDERED), 0, 1);
	ring_pool_bind(writer, 0, NULL);
	unsigned slow = claim(writer, 0), quick = claim(writer, 0);
	int64_t begin_ns = clock_monotonic_ns();
	assert_int_equal(show(writer, quick, 2, &seq), 0);
	assert_result(server, reader, 1, 2);
	assert_true(clock_monotonic_ns() - begin_ns >= REORDER_NS);
	assert_int_equal(show(writer, slow, 1, &seq), -ESTALE);
	ring_writer_destroy(writer);
	ring_reader_unref(reader);
	peer_close(&one);
	peer_close(&reading);
}

/* A member may write what it likes into what it has mapped: the core goes on. */
static void test_hostile_members(void **state)
{
	struct server *server = *state;
	struct peer one, two;
	uint32_t places[2];
	server_with_pool(server);
	peer_connect(server, &one);
	peer_connect(server, &two);
	struct ring_writer *first = join(&one, &places[0]), *second = join(&two, &places[1]);
	const struct ring_map *map = ring_writer_map(first);
	for (unsigned i = 0; i < RING_TURNS; i++)
		atomic_store(&map->turns[i], ring_turn(i + 1, RING_READY, 0x3fff - i % 3));
	for (unsigned i = 0; i < map->layout.slots; i++)
		atomic_store(&map->state[i], UINT64_MAX - i);
	atomic_store(&map->control->order, RING_ORDER_GROUPS + 77);
	atomic_store(&map->control->turn, 1);
	server_turn(server, 200 * NS_PER_MS);
	atomic_store(&map->control->turn, UINT64_MAX - 3);
	atomic_store(&map->control->head, UINT64_MAX);
	server_turn(server, 200 * NS_PER_MS);
	peer_close(&one);
	peer_close(&two);
	ring_writer_destroy(first);
	ring_writer_destroy(second);
	peer_connect(server, &one);
	first = join(&one, &places[0]);
	assert_true(ring_writer_map(first)->layout.info.generation > 1);
	ring_writer_destroy(first);
	peer_close(&one);
	peer_close(&reading);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_writers_join_one_generation),          TEST(test_two_open_at_once),
		TEST(test_who_opens_dies_and_who_waits_is_told), TEST(test_a_dead_member_holds_nobody_up),
		TEST(test_a_turn_passes_after_the_timeout),      TEST(test_hostile_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
