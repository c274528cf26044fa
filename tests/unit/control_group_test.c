/* control_group_test.c: what the core does for groups: what members leave who die, and who may join. */
#include "control_pool_support.h"
#include "ring/pool.h"
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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
	server_with_pool(server);
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
	server_with_pool(server);
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
	server_with_pool(server);
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
	server_with_pool(server);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_dead_members_frame_is_offered_again),
		TEST(test_a_group_whose_members_died_waits_for_others),
		TEST(test_a_group_left_in_order_is_gone),
		TEST(test_groups_are_refused_in_another_mode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
