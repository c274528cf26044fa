/* Status, events, administration and workers' messages. */
#include "base/clock.h"
#include "clients/events.h"
#include "control/workers.h"
#include "control_peer.h"
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static json_t *ask_status(struct peer *peer)
{
	const struct wire_message *reply = peer_call(peer, (struct wire_message){.type = WIRE_STATUS});
	assert_int_equal(reply->type, WIRE_TEXT);
	json_t *json = NULL;
	if (peer->packet.fd_count == 1) { /* a long one */
		char *text = mmap(NULL, reply->count, PROT_READ, MAP_SHARED, peer->packet.fds[0], 0);
		assert_ptr_not_equal(text, MAP_FAILED);
		json = json_loadb(text, reply->count, 0, NULL);
		munmap(text, reply->count);
	} else {
		json = json_loadb(reply->text, reply->text_size, 0, NULL);
	}
	assert_non_null(json);
	return json;
}

static json_int_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static const char *text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	assert_true(json_is_string(value));
	return json_string_value(value);
}

static void test_status(void **state)
{
	struct server *server = *state;
	struct peer writing, reading;
	struct ring_writer *writer = NULL;
	struct ring_frame frame;
	server_start(server);
	add_stream(server, "gate", "gate", true);
	add_stream(server, "marked", NULL, false);
	control_stream_state(server->control, "gate", FB_LIVE);
	peer_adopt(server, &writing, 7);
	peer_connect(server, &reading);
	open_worker_writer(&writing, "gate", 64, &writer);
	publish(writer);
	publish(writer);
	struct ring_reader *reader = attach_reader(&reading, open_reader(&reading, "gate", FB_ORDERED), 0, 0);
	assert_int_equal(ring_reader_next(reader, 0, &frame), 0);
	ring_writer_count_dropped(writer);

	json_t *root = ask_status(&reading);
	assert_int_equal(number(root, "pid"), getpid());
	assert_int_equal(number(root, "protocol"), WIRE_PROTOCOL);
	assert_string_equal(text(root, "socket"), server->path);
	assert_int_equal(number(json_object_get(root, "memory"), "limit_bytes"), 256 << 20);
	assert_string_equal(text(json_object_get(root, "memory"), "mode"), "memfd");
	json_t *gate = json_array_get(json_object_get(root, "streams"), 0),
	       *marked = json_array_get(json_object_get(root, "streams"), 1);
	assert_string_equal(text(gate, "name"), "gate");
	assert_string_equal(text(gate, "memory"), "memfd");
	assert_string_equal(text(gate, "media"), "video");
	assert_string_equal(text(gate, "state"), "live");
	assert_string_equal(text(gate, "source"), "gate");
	assert_string_equal(text(gate, "pixel_format"), "gray");
	assert_int_equal(number(gate, "generation"), 1);
	assert_int_equal(number(gate, "width"), 64);
	assert_int_equal(number(gate, "slots"), 10);
	assert_int_equal(number(gate, "held_slots"), 1);
	assert_int_equal(number(gate, "head"), 2);
	assert_int_equal(number(gate, "dropped"), 1);
	assert_int_equal(number(gate, "memory_bytes"), number(json_object_get(root, "memory"), "used_bytes"));
	assert_int_equal(number(json_object_get(gate, "writer"), "pid"), getpid());
	json_t *entry = json_array_get(json_object_get(gate, "readers"), 0);
	assert_string_equal(text(entry, "mode"), "ordered");
	assert_int_equal(json_integer_value(json_array_get(json_object_get(entry, "held"), 0)), 2);
	assert_true(json_is_null(json_object_get(entry, "cursor")));
	assert_non_null(strstr(text(entry, "command"), "control_status_test"));
	assert_string_equal(text(marked, "state"), "idle");
	assert_true(json_is_null(json_object_get(marked, "source")));
	assert_true(json_is_null(json_object_get(marked, "writer")));
	json_t *clients = json_object_get(root, "clients");
	assert_int_equal(json_array_size(clients), 2);
	assert_int_equal(number(json_array_get(clients, 0), "readers"), 1);
	assert_int_equal(number(json_array_get(clients, 1), "writers"), 1);
	assert_int_equal(number(json_array_get(clients, 0), "uid"), getuid());
	json_decref(root);

	assert_string_equal(server->demand, "gate+ "); /* whoever looks at the status is no demand */
	ring_reader_unhold(reader, frame.slot);
	ring_reader_unref(reader);
	ring_writer_destroy(writer);
	peer_close(&reading);
	peer_close(&writing);
}

static void test_frames_per_second(void **state)
{
	struct server *server = *state;
	struct peer peer;
	struct ring_writer *writer = NULL;
	server_start(server);
	add_stream(server, "marked", NULL, false);
	peer_connect(server, &peer);
	open_writer(&peer, "marked", NULL, &writer);
	for (int i = 0; i < 30; i++)
		publish(writer);
	server_turn(server, NS_PER_SECOND + 100 * NS_PER_MS); /* the one look a second */
	json_t *root = ask_status(&peer);
	double fps = json_real_value(json_object_get(json_array_get(json_object_get(root, "streams"), 0), "fps"));
	assert_true(fps > 1 && fps < 100); /* from the stream's beginning to that look, however late it comes */
	json_decref(root);
	ring_writer_destroy(writer);
	peer_close(&peer);
}

static void test_long_status(void **state)
{
	struct server *server = *state;
	struct peer peer;
	server_start(server);
	for (int i = 0; i < 100; i++) {
		char name[32];
		snprintf(name, sizeof name, "stream-%d", i);
		add_stream(server, name, NULL, false);
	}
	peer_connect(server, &peer);
	json_t *root = ask_status(&peer);
	assert_int_equal(json_array_size(json_object_get(root, "streams")), 100);
	json_decref(root);
	assert_int_equal(peer.packet.fd_count, 1);
	assert_true(write(peer.packet.fds[0], "x", 1) < 0); /* sealed */
	peer_close(&peer);
}

static void assert_event(struct peer *peer, const char *event, const char *kind, const char *name)
{
	const struct wire_message *message = peer_receive(peer);
	assert_int_equal(message->type, WIRE_EVENT);
	json_t *json = json_loadb(message->text, message->text_size, 0, NULL);
	assert_string_equal(text(json, "event"), event);
	assert_string_equal(text(json, "kind"), kind);
	if (name)
		assert_string_equal(text(json, "name"), name);
	assert_true(number(json, "utc_ns") > 0);
	assert_true(json_is_object(json_object_get(json, "detail")));
	json_decref(json);
}

static void test_events(void **state)
{
	struct server *server = *state;
	struct peer listening, writing;
	struct ring_writer *writer = NULL;
	server_start(server);
	peer_connect(server, &listening);
	assert_int_equal(peer_call(&listening, (struct wire_message){.type = WIRE_EVENTS})->type, WIRE_DONE);
	control_event(server->control, "restarted", "source", "gate", json_pack("{s:i}", "pid", 3));
	assert_event(&listening, "restarted", "source", "gate");
	peer_connect(server, &writing);
	assert_event(&listening, "client", "client", NULL);
	open_writer(&writing, "mine", "{pixel_format: gray, width: 64, height: 16}", &writer);
	assert_event(&listening, "added", "stream", "mine");
	assert_event(&listening, "live", "stream", "mine");
	ring_writer_destroy(writer);
	peer_close(&writing);
	assert_event(&listening, "removed", "stream", "mine");
	assert_event(&listening, "client-gone", "client", NULL);
	peer_close(&listening);
}

static void test_administration(void **state)
{
	struct server *server = *state;
	struct peer peer, other;
	server_start(server);
	peer_connect(server, &peer);
	const char *keys = "{url: clip.mp4}";
	struct wire_message add = {
		.type = WIRE_ADD, .kind = "source", .name = "clip", .text = keys, .text_size = strlen(keys)};
	assert_int_equal(peer_call(&peer, add)->type, WIRE_DONE);
	char expected[64];
	snprintf(expected, sizeof expected, "%d source clip %s", WIRE_ADD, keys);
	assert_string_equal(server->admin, expected);
	server->admin_error = -17;
	assert_refused(&peer, (struct wire_message){.type = WIRE_RELOAD}, 17, "");

	peer_connect(server, &other);
	json_t *root = ask_status(&peer);
	uint32_t id = (uint32_t)number(json_array_get(json_object_get(root, "clients"), 0), "id");
	json_decref(root);
	assert_refused(&peer, (struct wire_message){.type = WIRE_KICK, .count = 9999}, 2, "no client 9999");
	assert_int_equal(peer_call(&peer, (struct wire_message){.type = WIRE_KICK, .count = id})->type, WIRE_DONE);
	assert_true(peer_is_disconnected(&other));
	peer_close(&other);
	peer_close(&peer);
}

static void test_workers(void **state)
{
	struct server *server = *state;
	struct peer worker, peer;
	server_start(server);
	peer_adopt(server, &worker, 7);
	const struct wire_message *reply = peer_call(&worker, (struct wire_message){.type = WIRE_JOB});
	assert_int_equal(reply->type, WIRE_TEXT);
	assert_memory_equal(reply->text, "job of 7", reply->text_size);
	const char *report = "{\"error\": null}";
	peer_send(&worker,
		  (struct wire_message){
			  .type = WIRE_REPORT, .state = FB_STALLED, .text = report, .text_size = strlen(report)});
	assert_true(peer_has_nothing(&worker));
	assert_int_equal(server->reports, 1);
	assert_int_equal(server->reported, FB_STALLED);
	assert_string_equal(server->report, report);

	char *job = malloc(100000);
	memset(job, 'j', 99999);
	job[99999] = '\0';
	control_worker_job(server->control, 7, job);
	reply = peer_receive(&worker);
	assert_int_equal(reply->type, WIRE_TEXT);
	assert_int_equal(reply->serial, 0);
	assert_int_equal(reply->count, 99999);
	assert_int_equal(worker.packet.fd_count, 1);
	free(job);
	control_worker_stop(server->control, 7);
	control_worker_stop(server->control, 8);
	assert_int_equal(peer_receive(&worker)->type, WIRE_STOP);
	peer_connect(server, &peer);
	assert_refused(&peer, (struct wire_message){.type = WIRE_KICK, .count = 1}, 1, "workers");
	peer_close(&peer);
	peer_close(&worker);
	assert_int_equal(server->workers_gone, 1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_status), test(test_frames_per_second), test(test_long_status),
		test(test_events), test(test_administration),    test(test_workers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
