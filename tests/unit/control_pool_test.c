/* control_pool_test.c: what the core does for pools and groups: members join, leave and die, and turns pass. */
#include "base/clock.h"
#include "control_support.h"
#include "ring/pool.h"
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MEMBERS 2
#define REORDER_NS (100 * NS_PER_MS)
#define TURNS 200 /* of the server, at most, until something has happened */

static struct peer reading;

static void begin(struct server *server)
{
	server_start(server);
	add_stream(server, "in", NULL, false);
	add_stream(server, "out", NULL, false);
	control_stream_pool(server->control, "out", MEMBERS, REORDER_NS);
	peer_connect(server, &reading);
}

static struct ring_writer *join_from_reply(struct peer *peer)
{
	struct ring_map *map = NULL;
	struct ring_writer *writer = NULL;
	const struct wire_message *reply = &peer->packet.message;
	assert_int_equal(reply->type, WIRE_GENERATION);
	struct wire_message ready = {.type = WIRE_WRITER_READY, .place = reply->place};
	assert_int_equal(ring_map_writer(peer->packet.fds, peer->packet.fd_count, &map), 0);
	peer->packet.fd_count = 0;
	assert_int_equal(ring_pool_join(map, reply->count, &writer), 0);
	assert_int_equal(peer_call(peer, ready)->type, WIRE_DONE);
	return writer;
}

static const struct wire_message open_out = {.type = WIRE_WRITER_OPEN, .name = "out"};

static struct ring_writer *join(struct peer *peer, uint32_t *ret_place)
{
	*ret_place = peer_call(peer, open_out)->place;
	return join_from_reply(peer);
}

static void leave(struct peer *peer, uint32_t place, struct ring_writer *writer, uint32_t flags)
{
	struct wire_message close = {.type = WIRE_WRITER_CLOSE, .place = place, .flags = flags};
	assert_int_equal(peer_call(peer, close)->type, WIRE_DONE);
	ring_writer_destroy(writer);
}

static unsigned claim(struct ring_writer *writer, uint64_t ticket)
{
	unsigned slot = 0;
	assert_int_equal(ring_pool_claim(writer, ticket, 0, &slot), 0);
	return slot;
}

static int show(struct ring_writer *writer, unsigned slot, int64_t pts_ns, uint64_t *ret_seq)
{
	struct ring_meta meta = {.pts_ns = pts_ns};
	return ring_pool_publish(writer, slot, &meta, NULL, ret_seq);
}

/* The reader's next frame, once the server has done what it does. */
static struct ring_frame wait_next(struct server *server, struct ring_reader *reader)
{
	struct ring_frame frame;
	int r = -ETIMEDOUT;
	for (int turns = 0; r == -ETIMEDOUT && turns < TURNS; turns++) {
		r = ring_reader_next(reader, 0, &frame);
		if (r != 0)
			server_turn(server, 20 * NS_PER_MS);
	}
	assert_int_equal(r, 0);
	return frame;
}

static void assert_result(struct server *server, struct ring_reader *reader, uint64_t seq, int64_t pts_ns)
{
	struct ring_frame frame = wait_next(server, reader);
	assert_int_equal(frame.seq, seq);
	assert_int_equal(frame.meta.pts_ns, pts_ns);
	ring_reader_unhold(reader, frame.slot);
}

static void test_writers_join_one_generation(void **state)
{
	struct server *server = *state;
	struct peer one, two, three;
	uint32_t places[3];
	uint64_t seq = 0;
	begin(server);
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
	begin(server);
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
	begin(server);
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
	begin(server);
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
	begin(server);
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

/* ---- groups ---- */

static uint32_t open_member(struct peer *peer, enum fb_mode mode)
{
	struct wire_message open = {
		.type = WIRE_READER_OPEN, .name = "in", .group_name = "g", .mode = mode, .max_held = 2};
	assert_int_equal(peer_call(peer, open)->type, WIRE_PLACE);
	return peer->packet.message.place;
}

static struct ring_reader *attach_member(struct peer *peer, uint32_t place, uint32_t *ret_group)
{
	struct wire_message attach = {.type = WIRE_READER_ATTACH, .place = place};
	const struct wire_message *reply = peer_call(peer, attach);
	struct ring_map *map = NULL;
	struct ring_reader *reader = NULL;
	assert_int_equal(reply->type, WIRE_GENERATION);
	assert_true(reply->group != 0);
	*ret_group = reply->group;
	assert_int_equal(ring_map_member(peer->packet.fds, peer->packet.fd_count, reply->count, reply->lead, &map), 0);
	peer->packet.fd_count = 0;
	assert_int_equal(ring_reader_join(map, reply->count, reply->lead, &reader), 0);
	return reader;
}

static json_int_t given_up(struct server *server)
{
	(void)server;
	const struct wire_message *reply = peer_call(&reading, (struct wire_message){.type = WIRE_STATUS});
	json_error_t error;
	assert_int_equal(reply->type, WIRE_TEXT);
	json_t *root = json_loadb(reply->text, reply->text_size, 0, &error), *stream;
	json_int_t count = -1;
	size_t i;
	assert_non_null(root);
	json_array_foreach (json_object_get(root, "streams"), i, stream) {
		if (strcmp(json_string_value(json_object_get(stream, "name")), "in") == 0)
			count = json_integer_value(json_object_get(stream, "given_up"));
	}
	json_decref(root);
	return count;
}

static void test_a_dead_members_frame_is_offered_again(void **state)
{
	struct server *server = *state;
	struct peer one, two, three, writing;
	struct ring_writer *writer = NULL;
	struct ring_frame frames[3];
	uint32_t group, other;
	begin(server);
	peer_connect(server, &one);
	peer_connect(server, &two);
	peer_connect(server, &three);
	peer_connect(server, &writing);
	uint32_t places[] = {open_member(&one, FB_LOSSLESS), open_member(&two, FB_LOSSLESS),
			     open_member(&three, FB_LOSSLESS)};
	open_writer(&writing, "in", NULL, &writer);
	struct ring_reader *members[] = {attach_member(&one, places[0], &group), attach_member(&two, places[1], &other),
					 attach_member(&three, places[2], &other)};
	assert_int_equal(group, other);
	publish(writer);
	publish(writer);
	assert_next(members[1], 1);
	ring_reader_done(members[1], 1);
	frames[0] = wait_next(server, members[0]);
	assert_int_equal(frames[0].seq, 2);
	peer_close(&one);
	while (publish(writer) < 5)
		continue;
	frames[1] = wait_next(server, members[1]);
	assert_int_equal(frames[1].seq, 2); /* the first of all, again */
	assert_int_equal(given_up(server), 0);
	peer_close(&two);
	assert_int_equal(given_up(server), 1);
	frames[2] = wait_next(server, members[2]);
	assert_int_equal(frames[2].seq, 3);
	for (unsigned i = 0; i < 3; i++) {
		ring_reader_unhold(members[i], frames[i].slot);
		ring_reader_unref(members[i]);
	}
	ring_writer_destroy(writer);
	peer_close(&writing);
	peer_close(&three);
	peer_close(&reading);
}

static void test_a_group_whose_members_died_waits_for_others(void **state)
{
	struct server *server = *state;
	struct peer one, two, writing;
	struct ring_writer *writer = NULL;
	uint32_t group, other;
	begin(server);
	peer_connect(server, &one);
	peer_connect(server, &two);
	peer_connect(server, &writing);
	uint32_t place = open_member(&one, FB_LOSSLESS);
	open_writer(&writing, "in", NULL, &writer);
	struct ring_reader *reader = attach_member(&one, place, &group);
	publish(writer);
	struct ring_reader *dead = reader;
	struct ring_frame held = wait_next(server, dead), frame;
	peer_close(&one);
	publish(writer);
	reader = attach_member(&two, open_member(&two, FB_LOSSLESS), &other);
	assert_int_equal(group, other);
	frame = wait_next(server, reader);
	assert_int_equal(frame.seq, 1);
	ring_reader_done(reader, 1);
	ring_reader_unhold(reader, frame.slot);
	assert_next(reader, 2);
	ring_reader_done(reader, 2);
	ring_reader_unref(reader);
	ring_reader_unhold(dead, held.slot);
	ring_reader_unref(dead);
	peer_close(&writing);
	peer_close(&two);
	ring_writer_destroy(writer);
	peer_close(&reading);
}

static void test_a_group_left_in_order_is_gone(void **state)
{
	struct server *server = *state;
	struct peer one, writing;
	struct ring_writer *writer = NULL;
	uint32_t group, other;
	begin(server);
	peer_connect(server, &one);
	peer_connect(server, &writing);
	uint32_t place = open_member(&one, FB_LOSSLESS);
	open_writer(&writing, "in", NULL, &writer);
	struct ring_reader *reader = attach_member(&one, place, &group);
	publish(writer);
	ring_reader_unref(reader);
	struct wire_message close = {.type = WIRE_READER_CLOSE, .place = place};
	assert_int_equal(peer_call(&one, close)->type, WIRE_DONE);
	for (int i = 0; i < 20; i++)
		publish(writer);                                             /* no gate */
	reader = attach_member(&one, open_member(&one, FB_ORDERED), &other); /* another mode: another group */
	assert_int_not_equal(group, other);
	assert_next(reader, 21);
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	peer_close(&one);
	peer_close(&writing);
	peer_close(&reading);
}

static void test_groups_are_refused_in_another_mode(void **state)
{
	struct server *server = *state;
	begin(server);
	open_member(&reading, FB_LOSSLESS);
	struct wire_message open = {
		.type = WIRE_READER_OPEN, .name = "in", .group_name = "g", .mode = FB_LATEST, .max_held = 2};
	assert_refused(&reading, open, EINVAL, "reads in another mode");
	strcpy(open.group_name, "a b");
	assert_refused(&reading, open, EINVAL, "the group's name");
	strcpy(open.group_name, "h");
	open.max_held = 99;
	assert_refused(&reading, open, EINVAL, "max_held");
	peer_close(&reading);
}

/* A member may write what it likes into what it has mapped: the core goes on. */
static void test_hostile_members(void **state)
{
	struct server *server = *state;
	struct peer one, two;
	uint32_t places[2];
	begin(server);
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
		TEST(test_writers_join_one_generation),
		TEST(test_two_open_at_once),
		TEST(test_who_opens_dies_and_who_waits_is_told),
		TEST(test_a_dead_member_holds_nobody_up),
		TEST(test_a_turn_passes_after_the_timeout),
		TEST(test_a_dead_members_frame_is_offered_again),
		TEST(test_a_group_whose_members_died_waits_for_others),
		TEST(test_a_group_left_in_order_is_gone),
		TEST(test_groups_are_refused_in_another_mode),
		TEST(test_hostile_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
