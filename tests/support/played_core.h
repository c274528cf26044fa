/* played_core.h: a core that the test plays by hand, message by message, and its one client, whose calls run in
 * threads. Any failure fails the test. */
#ifndef TESTS_SUPPORT_PLAYED_CORE_H
#define TESTS_SUPPORT_PLAYED_CORE_H
#include "support/ring_fixture.h"
#include "wire/connection.h"
#include <framebroker.h>
#include <pthread.h>
#include <stdatomic.h>

#define PLAYED_PLACE 5 /* every reader's and writer's */

struct played { /* the core, and its one client */
	char folder[64], path[96];
	int listening, fd;
	struct ring_fixture ring[2]; /* the second for who asks again */
	unsigned generations;        /* given out */
	fb_broker *broker;
	fb_reader *reader;
	fb_writer *writer;
	fb_events *events;
	char *text;
	struct fb_stream_info info;
	struct fb_frame frame;
	int fds_before, maps_before;
};

void played_begin(struct played *core);
void played_accept(struct played *core); /* the client's (next) connection */
void played_begin_connected(struct played *core);

/* Ends the core first, then the client's handles; nothing may be left. */
void played_end(struct played *core);

/* The next message from the client. */
void played_take(const struct played *core, struct wire_packet *ret_packet);
void played_take_type(const struct played *core, enum wire_type type, struct wire_packet *ret_packet);
enum wire_type played_look(const struct played *core); /* leaves it in the socket */

/* It is that one once more, the same in all but WIRE_AGAIN. */
void played_take_again(const struct played *core, const struct wire_packet *first);

void played_send(const struct played *core, const struct wire_message *message, const int *fds, size_t count);
void played_resume(const struct played *core); /* from here on it is another core */

/* What a core says when nothing is the matter and no stream has frames. */
void played_answer(struct played *core, const struct wire_message *request);
void played_answer_generation(struct played *core, struct wire_message *reply, int reader); /* -1: the writer's */
void played_refuse(const struct played *core, const struct wire_message *request, int err);
void played_serve_until(struct played *core, enum wire_type type); /* which is left in the socket */

struct call {
	struct played *core;
	int (*make)(struct played *core);
	pthread_t thread;
	int err;
	char text[256];
	atomic_bool done;
};

void call_begin(struct call *call, struct played *core, int (*make)(struct played *core));
void call_assert(struct call *call, int err, const char *part); /* it ends so: the errno, and a part of its text */

/* Answers what else it asks for, none of it sent for the second time, and it succeeds. */
void call_assert_served(struct call *call);
void call_through(struct played *core, int (*make)(struct played *core)); /* from beginning to end */

int call_connect(struct played *core);
int call_status(struct played *core);

/* Nothing is under way, and the connection is as it was. */
void played_assert_quiet(struct played *core);

#endif
