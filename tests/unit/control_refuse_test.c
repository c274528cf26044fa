/* Clients that ask for too much, for what is not theirs, or speak another language. */
#include "base/clock.h"
#include "clients/events.h"
#include "control_peer.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define KEYS "{pixel_format: gray, width: 64, height: 16, depth: 4, spare: 4}"

static void test_other_versions(void **state)
{
	struct server *server = *state;
	struct peer peer;
	server_start(server);
	peer_connect_raw(server, &peer);
	assert_refused(&peer, (struct wire_message){.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL + 1, .abi = RING_ABI},
		       EPROTO, "install the same version");
	assert_true(peer_is_disconnected(&peer));
	peer_close(&peer);
	peer_connect_raw(server, &peer);
	assert_refused(&peer, (struct wire_message){.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL, .abi = RING_ABI + 1},
		       EPROTO, "memory ABI");
	assert_true(peer_is_disconnected(&peer));
	peer_close(&peer);
}

/* Each of these ends its own connection, and nobody else's. */
static void test_garbage(void **state)
{
	struct server *server = *state;
	struct peer good, bad;
	server_start(server);
	add_stream(server, "gate", NULL, false);
	peer_connect(server, &good);
	uint32_t place = open_reader(&good, "gate", FB_LATEST);

	static char large[LIMIT_MESSAGE + 1];
	const struct {
		const void *bytes;
		size_t size;
	} garbage[] = {{"x", 1}, {"fbrk and then nonsense, quite a lot of it", 41}, {large, sizeof large}, {"", 0}};
	for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
		peer_connect(server, &bad);
		assert_true(send(bad.fd, garbage[i].bytes, garbage[i].size, 0) >= 0);
		assert_true(peer_is_disconnected(&bad));
		peer_close(&bad);
	}
	const struct wire_message misplaced[] = {
		{.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL, .abi = RING_ABI}, /* a second time */
		{.type = WIRE_DONE},
		{.type = WIRE_JOB},
		{.type = WIRE_REPORT, .state = FB_LIVE},
	};
	for (size_t i = 0; i < sizeof misplaced / sizeof misplaced[0]; i++) {
		peer_connect(server, &bad);
		peer_send(&bad, misplaced[i]);
		assert_true(peer_is_disconnected(&bad));
		peer_close(&bad);
	}
	peer_connect_raw(server, &bad);
	peer_send(&bad, (struct wire_message){.type = WIRE_STATUS}); /* before HELLO */
	assert_true(peer_is_disconnected(&bad));
	peer_close(&bad);

	peer_connect(server, &bad);
	int fd = memfd_create("unasked", MFD_CLOEXEC);
	assert_int_equal(wire_send(bad.fd, &(struct wire_message){.type = WIRE_STATUS}, &fd, 1), 0);
	close(fd);
	assert_true(peer_is_disconnected(&bad));
	peer_close(&bad);

	assert_int_equal(server->reports, 0);
	assert_int_equal(peer_call(&good, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place})->type,
			 WIRE_PENDING);
	peer_close(&good);
}

static void test_random_bytes(void **state)
{
	struct server *server = *state;
	struct peer peer;
	uint8_t bytes[256];
	server_start(server);
	srandom(4711);
	for (int round = 0; round < 200; round++) {
		peer_connect(server, &peer);
		struct wire_message message = {.type = WIRE_READER_OPEN + (unsigned)round % 20,
					       .place = (uint32_t)random() % 4,
					       .name = "gate",
					       .kind = "source",
					       .count = (uint32_t)random() % 4,
					       .mode = (uint32_t)random() % 4};
		int size = wire_encode(&message, bytes, sizeof bytes);
		assert_true(size > 0);
		for (int flips = 0; flips < 3; flips++)
			bytes[random() % size] ^= (uint8_t)(1 << random() % 8);
		assert_true(send(peer.fd, bytes, (size_t)size, 0) >= 0);
		peer_close(&peer);
	}
	peer_connect(server, &peer);
	peer_close(&peer);
}

static void test_too_many_messages(void **state)
{
	struct server *server = *state;
	struct peer peer;
	server_start(server);
	peer_connect(server, &peer);
	for (int i = 0; i < 20000; i++) {
		int r = wire_send(peer.fd, &(struct wire_message){.type = WIRE_CANCEL, .count = 1}, NULL, 0);
		if (r == -EAGAIN)
			server_turn(server, 0);
		if (r == -EPIPE)
			break;
	}
	assert_true(peer_is_disconnected(&peer));
	peer_close(&peer);
}

/* Events for somebody who never reads: it is let go, the others get theirs. */
static void test_who_does_not_read_is_let_go(void **state)
{
	struct server *server = *state;
	struct peer deaf, good;
	server_start(server);
	peer_connect(server, &deaf);
	peer_connect(server, &good);
	assert_int_equal(peer_call(&deaf, (struct wire_message){.type = WIRE_EVENTS})->type, WIRE_DONE);
	assert_int_equal(peer_call(&good, (struct wire_message){.type = WIRE_EVENTS})->type, WIRE_DONE);
	char name[2000];
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	unsigned events = 0;
	for (int i = 0; i < 500; i++) {
		control_event(server->control, "live", "source", name, NULL);
		if (peer_receive(&good)->type == WIRE_EVENT)
			events++;
	}
	assert_true(events >= 500);
	int r = 0;
	while (r == 0) { /* what was under way still comes */
		wire_packet_clear(&deaf.packet);
		r = wire_receive(deaf.fd, &deaf.packet, true);
	}
	assert_int_equal(r, -EPIPE);
	peer_close(&deaf);
	peer_close(&good);
}

static void test_access(void **state)
{
	struct server *server = *state;
	struct peer peer;
	struct config_access *access = server->config.access;
	access->allow = CONFIG_ALLOW_READ | CONFIG_ALLOW_ADMIN;
	free(access->streams.items[0]);
	access->streams.items[0] = strdup("gate*");
	server_start(server);
	add_stream(server, "gate/marked", NULL, false);
	add_stream(server, "door", NULL, false);
	peer_connect(server, &peer);
	open_reader(&peer, "gate/marked", FB_LATEST);
	assert_refused(&peer, (struct wire_message){.type = WIRE_READER_OPEN, .name = "door", .max_held = 1}, EACCES,
		       "door");
	assert_refused(&peer, (struct wire_message){.type = WIRE_WAIT, .name = "door"}, EACCES, "door");
	assert_refused(&peer, (struct wire_message){.type = WIRE_WRITER_OPEN, .name = "gate/marked"}, EACCES,
		       "not allowed");
	assert_refused(&peer, (struct wire_message){.type = WIRE_RELOAD}, EACCES, "administration");
	assert_refused(&peer, (struct wire_message){.type = WIRE_REMOVE, .kind = "source", .name = "door"}, EACCES,
		       "administration");
	assert_string_equal(server->admin, "");
	assert_int_equal(
		peer_call(&peer, (struct wire_message){.type = WIRE_REMOVE, .kind = "source", .name = "gate"})->type,
		WIRE_DONE);
	assert_non_null(strstr(server->admin, "source gate"));
	peer_close(&peer);
}

static void test_strangers(void **state)
{
	struct server *server = *state;
	struct peer peer;
	free(server->config.access->user);
	server->config.access->user = strdup("no-such-user-here");
	server_start(server);
	peer_connect_raw(server, &peer);
	assert_refused(&peer, (struct wire_message){.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL, .abi = RING_ABI},
		       EACCES, "broker.access");
	assert_true(peer_is_disconnected(&peer));
	peer_close(&peer);
}

static void test_max_clients(void **state)
{
	struct server *server = *state;
	struct peer peers[2], one_more;
	server->config.max_clients = 2;
	server_start(server);
	peer_connect(server, &peers[0]);
	peer_connect(server, &peers[1]);
	peer_connect_raw(server, &one_more);
	assert_refused(&one_more, (struct wire_message){.type = WIRE_HELLO, .protocol = WIRE_PROTOCOL, .abi = RING_ABI},
		       EUSERS, "max_clients");
	peer_close(&one_more);
	peer_close(&peers[1]);
	peer_connect(server, &peers[1]);
	peer_close(&peers[1]);
	peer_close(&peers[0]);
}

static void test_readers_are_admitted_by_the_rules(void **state)
{
	struct server *server = *state;
	struct peer peer;
	server_start(server);
	add_stream(server, "gate", "gate", true);
	peer_connect(server, &peer);
	assert_refused(&peer, (struct wire_message){.type = WIRE_READER_OPEN, .name = "nope", .max_held = 1}, ENOENT,
		       "no stream nope");
	struct wire_message open = {.type = WIRE_READER_OPEN, .name = "gate", .max_held = 1, .mode = FB_LOSSLESS};
	assert_refused(&peer, open, EPERM, "live");
	open.mode = FB_ORDERED;
	open.max_held = LIMIT_HELD;
	assert_refused(&peer, open, EINVAL, "max_held");
	control_stream_live(server->control, "gate", false);
	for (int i = 0; i < 7; i++)
		open_reader(&peer, "gate", FB_LOSSLESS);
	open = (struct wire_message){.type = WIRE_READER_OPEN, .name = "gate", .max_held = 1, .mode = FB_LOSSLESS};
	assert_refused(&peer, open, EUSERS, "raise `spare`");
	open_reader(&peer, "gate", FB_LATEST);
	open.mode = FB_LATEST;
	assert_refused(&peer, open, EUSERS, "max_readers");
	assert_refused(&peer, (struct wire_message){.type = WIRE_READER_ATTACH, .place = 9999}, EINVAL, "no reader");
	peer_close(&peer);
}

static void test_one_writer(void **state)
{
	struct server *server = *state;
	struct peer first, second, worker;
	struct ring_writer *writer = NULL, *next = NULL;
	server_start(server);
	add_stream(server, "marked", NULL, false);
	add_stream(server, "gate", "gate", false);
	peer_connect(server, &first);
	peer_connect(server, &second);
	open_writer(&first, "marked", NULL, &writer);
	char pid[32];
	snprintf(pid, sizeof pid, "already (pid %d, ", (int)getpid());
	struct wire_message open = {.type = WIRE_WRITER_OPEN, .name = "marked"};
	assert_refused(&second, open, EAGAIN, pid);
	assert_refused(&first, open, EAGAIN, pid); /* its own goes on */
	ring_writer_finish(writer);
	open_writer(&first, "marked", NULL, &next); /* until that is finished */
	ring_writer_destroy(next);
	ring_writer_destroy(writer);
	peer_close(&first);
	open_writer(&second, "marked", NULL, &writer);
	ring_writer_destroy(writer);

	assert_refused(&second, (struct wire_message){.type = WIRE_WRITER_OPEN, .name = "gate"}, EACCES,
		       "written by source gate");
	peer_adopt(server, &worker, 8);
	assert_refused(&worker, (struct wire_message){.type = WIRE_WRITER_OPEN, .name = "gate"}, EACCES, "source gate");
	assert_refused(&second, (struct wire_message){.type = WIRE_WRITER_OPEN, .name = "none"}, ENOENT, "declare it");
	const char *keys = KEYS;
	assert_refused(&second,
		       (struct wire_message){
			       .type = WIRE_WRITER_OPEN, .name = "marked", .text = keys, .text_size = strlen(keys)},
		       EEXIST, "declared");
	assert_refused(&second, (struct wire_message){.type = WIRE_WRITER_READY, .place = 9999}, EPIPE, "9999");
	peer_close(&worker);
	peer_close(&second);
}

static void test_bad_keys(void **state)
{
	struct server *server = *state;
	struct peer peer;
	server_start(server);
	peer_connect(server, &peer);
	const struct {
		const char *keys, *part;
		int err;
	} bad[] = {
		{"{widht: 3}", "widht", EINVAL},
		{"{pixel_format: gray}", "width", EINVAL},
		{"{pixel_format: pal8, width: 64, height: 16}", "pal8", EINVAL},
		{"{media: audio, sample_rate: 48000}", "channels", EINVAL},
		{"{like: nobody}", "nobody", ENOENT},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct wire_message open = {.type = WIRE_WRITER_OPEN,
					    .name = "mine",
					    .text = bad[i].keys,
					    .text_size = strlen(bad[i].keys)};
		assert_refused(&peer, open, bad[i].err, bad[i].part);
		assert_refused(&peer, (struct wire_message){.type = WIRE_READER_OPEN, .name = "mine", .max_held = 1},
			       ENOENT, "mine"); /* nothing is left of it */
	}
	peer_close(&peer);
}

static void test_hostile_layouts(void **state)
{
	struct server *server = *state;
	struct peer peer;
	server_start(server);
	add_stream(server, "gate", "gate", false);
	struct ring_layout bad[6];
	for (int i = 0; i < 6; i++)
		bad[i] = worker_layout(64);
	bad[0].info.slot_bytes = 64; /* the plane does not fit */
	bad[1].plane_offset[0] = UINT32_MAX;
	bad[2].info.planes = 5;
	bad[3].linesize[0] = -64;
	memset(bad[4].info.format, 'x', sizeof bad[4].info.format);
	bad[5].info.media = (enum fb_media)7;
	peer_adopt(server, &peer, 7);
	for (int i = 0; i < 6; i++) {
		struct wire_message open = {
			.type = WIRE_WRITER_OPEN, .name = "gate", .layout = &bad[i], .layout_size = sizeof bad[i]};
		assert_refused(&peer, open, EINVAL, "layout");
	}
	struct ring_layout huge = worker_layout(64);
	struct wire_message open = {.type = WIRE_WRITER_OPEN,
				    .name = "gate",
				    .count = UINT32_MAX,
				    .layout = &huge,
				    .layout_size = sizeof huge};
	assert_refused(&peer, open, EINVAL, "slots");
	open.count = 1;
	struct ring_writer *writer = NULL;
	open_worker_writer(&peer, "gate", 64, &writer); /* and nothing stands in the way of a good one */
	ring_writer_destroy(writer);
	open.layout_size = 100;
	peer_send(&peer, open);
	assert_true(peer_is_disconnected(&peer));
	peer_close(&peer);
}

static void test_no_memory(void **state)
{
	struct server *server = *state;
	struct peer peer;
	struct ring_writer *writer = NULL;
	server->config.memory_limit_bytes = 1 << 20;
	server_start(server);
	peer_connect(server, &peer);
	const char *large = "{pixel_format: rgb24, width: 1920, height: 1080, depth: 4, spare: 4}";
	struct wire_message open = {
		.type = WIRE_WRITER_OPEN, .name = "large", .text = large, .text_size = strlen(large)};
	assert_refused(&peer, open, ENOSPC, " MiB, 1.00 MiB are free (of memory_limit): ");
	open_writer(&peer, "small", KEYS, &writer);
	assert_refused(&peer, open, ENOSPC, " MiB, 0.");
	ring_writer_destroy(writer);
	peer_close(&peer);
	peer_connect(server, &peer);
	assert_refused(&peer, open, ENOSPC, "1.00 MiB are free"); /* what was used is back */
	peer_close(&peer);
}

#define test(name) cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_other_versions),
		test(test_garbage),
		test(test_random_bytes),
		test(test_too_many_messages),
		test(test_who_does_not_read_is_let_go),
		test(test_access),
		test(test_strangers),
		test(test_max_clients),
		test(test_readers_are_admitted_by_the_rules),
		test(test_one_writer),
		test(test_bad_keys),
		test(test_hostile_layouts),
		test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
