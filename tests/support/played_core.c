/* played_core.c: the core's side by hand, and the client's calls in threads. */
#include "support/played_core.h"
#include "api/worker.h"
#include "support/control_fixture.h"
#include "unit/control_support.h"
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the core ---- */

void played_send(const struct played *core, const struct wire_message *message, const int *fds, size_t count)
{
	int err;
	while ((err = wire_send(core->fd, message, fds, count)) == -EAGAIN)
		poll(&(struct pollfd){.fd = core->fd, .events = POLLOUT}, 1, 1000);
	assert_int_equal(err, 0);
}

void played_resume(const struct played *core)
{
	played_send(core, &(struct wire_message){.type = WIRE_RESUMED}, NULL, 0);
}

/* The next message, which stays in the socket. */
enum wire_type played_look(const struct played *core)
{
	static uint8_t buffer[LIMIT_MESSAGE];
	struct wire_message message;
	assert_int_equal(poll(&(struct pollfd){.fd = core->fd, .events = POLLIN}, 1, 20000), 1);
	ssize_t size = recv(core->fd, buffer, sizeof buffer, MSG_PEEK);
	assert_true(size > 0);
	assert_int_equal(wire_decode(buffer, (size_t)size, &message), 0);
	return message.type;
}

/* Takes the next message. */
void played_take(const struct played *core, struct wire_packet *ret_packet)
{
	assert_int_equal(poll(&(struct pollfd){.fd = core->fd, .events = POLLIN}, 1, 20000), 1);
	assert_int_equal(wire_receive(core->fd, ret_packet, false), 0);
}

void played_take_type(const struct played *core, enum wire_type type, struct wire_packet *ret_packet)
{
	played_take(core, ret_packet);
	assert_int_equal(ret_packet->message.type, type);
}

void played_answer_generation(struct played *core, struct wire_message *reply, int reader)
{
	int fds[LIMIT_MESSAGE_FDS];
	struct ring_fixture *ring = &core->ring[core->generations++];
	reply->type = WIRE_GENERATION;
	reply->layout = &ring->layout;
	reply->layout_size = sizeof ring->layout;
	size_t count = ring_fixture_fds(ring, reader, fds);
	played_send(core, reply, fds, count);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* What a core says when nothing is the matter; there is no frame of the stream "none". */
void played_answer(struct played *core, const struct wire_message *request)
{
	struct wire_message reply = {
		.type = WIRE_DONE, .serial = request->serial, .place = PLAYED_PLACE, .state = FB_LIVE};
	switch (request->type) {
	case WIRE_HELLO:
		reply.type = WIRE_WELCOME;
		reply.protocol = WIRE_PROTOCOL;
		break;
	case WIRE_READER_OPEN:
		reply.type = WIRE_PLACE;
		break;
	case WIRE_READER_ATTACH:
		reply.type = WIRE_PENDING;
		break;
	case WIRE_WRITER_OPEN:
		played_answer_generation(core, &reply, -1);
		return;
	case WIRE_WAIT:
		reply.type = WIRE_LAYOUT;
		reply.layout = &core->ring[0].layout;
		reply.layout_size = sizeof core->ring[0].layout;
		break;
	case WIRE_STATUS:
	case WIRE_JOB:
		reply.type = WIRE_TEXT;
		reply.text = "{}";
		reply.text_size = 2;
		break;
	default:
		break;
	}
	played_send(core, &reply, NULL, 0);
}

void played_refuse(const struct played *core, const struct wire_message *request, int err)
{
	played_send(core, &(struct wire_message){.type = WIRE_ERROR, .serial = request->serial, .error = err}, NULL, 0);
}

/* Answers what comes before a request of that type. */
void played_serve_until(struct played *core, enum wire_type type)
{
	while (played_look(core) != type) {
		struct wire_packet packet;
		played_take(core, &packet);
		assert_int_equal(packet.message.flags & WIRE_AGAIN, 0);
		played_answer(core, &packet.message);
	}
}

/* The request comes again, the same in all but the flag. */
void played_take_again(const struct played *core, const struct wire_packet *first)
{
	struct wire_packet again;
	uint8_t before[LIMIT_MESSAGE], now[LIMIT_MESSAGE];
	played_take(core, &again);
	assert_int_equal(again.message.serial, first->message.serial);
	assert_true(again.message.flags & WIRE_AGAIN);
	struct wire_message message = first->message;
	message.flags &= ~WIRE_AGAIN;
	again.message.flags &= ~WIRE_AGAIN;
	int size = wire_encode(&message, before, sizeof before);
	assert_int_equal(wire_encode(&again.message, now, sizeof now), size);
	assert_memory_equal(now, before, (size_t)size);
}

/* ---- its client: calls in a thread ---- */

static void *make_call(void *context)
{
	struct call *call = context;
	call->err = call->make(call->core);
	snprintf(call->text, sizeof call->text, "%s", call->err ? fb_error_text() : "");
	call->done = true;
	return NULL;
}

void call_begin(struct call *call, struct played *core, int (*make)(struct played *))
{
	call->core = core;
	call->make = make;
	call->done = false;
	assert_int_equal(pthread_create(&call->thread, NULL, make_call, call), 0);
}

void call_assert(struct call *call, int err, const char *part)
{
	pthread_join(call->thread, NULL);
	if (call->err != err || !strstr(call->text, part))
		fail_msg("%d (%s) instead of %d (%s)", call->err, call->text, err, part);
}

/* Answers what else the call asks for, nothing of which may come a second time. */
void call_assert_served(struct call *call)
{
	while (!call->done || poll(&(struct pollfd){.fd = call->core->fd, .events = POLLIN}, 1, 0) == 1) {
		struct wire_packet packet;
		if (poll(&(struct pollfd){.fd = call->core->fd, .events = POLLIN}, 1, 5) != 1)
			continue;
		played_take(call->core, &packet);
		assert_int_equal(packet.message.flags & WIRE_AGAIN, 0);
		played_answer(call->core, &packet.message);
	}
	call_assert(call, 0, "");
}

int call_connect(struct played *core)
{
	return fb_connect(core->path, PATIENCE, &core->broker);
}

int call_status(struct played *core)
{
	free(core->text);
	core->text = NULL;
	return fb_status(core->broker, &core->text);
}

/* Nothing else is under way, and the connection is as it was. */
void played_assert_quiet(struct played *core)
{
	struct call call;
	struct wire_packet packet;
	call_begin(&call, core, call_status);
	played_take_type(core, WIRE_STATUS, &packet);
	assert_int_equal(packet.message.flags, 0);
	played_answer(core, &packet.message);
	call_assert(&call, 0, "");
}

void played_begin(struct played *core)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ring_layout layout = ring_fixture_layout(4, 2);
	*core = (struct played){.fds_before = count_fds(), .maps_before = count_ring_maps(), .fd = -1};
	for (int i = 0; i < 2; i++) {
		layout.info.generation = (uint32_t)i + 1;
		ring_fixture_create(&core->ring[i], &layout);
		ring_fixture_place(&core->ring[i], 0, FB_ORDERED, 2);
	}
	strcpy(core->folder, "/tmp/framebroker-test-XXXXXX");
	assert_non_null(mkdtemp(core->folder));
	snprintf(core->path, sizeof core->path, "%s/socket", core->folder);
	strcpy(address.sun_path, core->path);
	core->listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(core->listening, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(core->listening, 4), 0);
}

void played_accept(struct played *core)
{
	if (core->fd >= 0)
		close(core->fd);
	core->fd = accept4(core->listening, NULL, NULL, SOCK_CLOEXEC);
	assert_true(core->fd >= 0);
}

void played_begin_connected(struct played *core)
{
	struct call call;
	played_begin(core);
	call_begin(&call, core, call_connect);
	played_accept(core);
	struct wire_packet hello;
	played_take(core, &hello);
	played_answer(core, &hello.message);
	call_assert(&call, 0, "");
}

/* A call that the core answers. */
void call_through(struct played *core, int (*make)(struct played *))
{
	struct call call;
	call_begin(&call, core, make);
	call_assert_served(&call);
}

/* Handles go without a core: whatever waits for an answer learns that the connection has ended. */
void played_end(struct played *core)
{
	close(core->fd);
	close(core->listening);
	unlink(core->path);
	rmdir(core->folder);
	fb_frame_release(&core->frame);
	fb_reader_close(&core->reader);
	fb_writer_close(&core->writer);
	fb_events_close(&core->events);
	fb_close(&core->broker);
	free(core->text);
	for (int i = 0; i < 2; i++)
		ring_fixture_destroy(&core->ring[i]);
	assert_int_equal(count_fds(), core->fds_before);
	assert_int_equal(count_ring_maps(), core->maps_before);
}
