/* keeper_protocol_test.c: messages between keeper and core arrive whole with their descriptors, and nothing else does.
 */
#include "base/fd.h"
#include "keeper/protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int core, keeper;

static int open_pair(void **state)
{
	(void)state;
	int pair[2];
	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), errno);
	core = pair[0];
	keeper = pair[1];
	return 0;
}

static int close_pair(void **state)
{
	(void)state;
	fd_close(&core);
	fd_close(&keeper);
	return 0;
}

static struct keeper_packet packet;

static int receive(void)
{
	return keeper_receive(keeper, &packet);
}

/* The lowest free descriptor shows whether any is left open. */
static int lowest_free(void)
{
	int fd = dup(core);
	close(fd);
	return fd;
}

static void arrives_with_descriptors(void **state)
{
	(void)state;
	int pipes[2];
	assert_return_code(pipe(pipes), errno);
	struct keeper_message sent = {.type = KEEPER_SPAWN, .id = 7, .program = KEEPER_SOURCE, .text = "gate/1"};
	assert_int_equal(keeper_send(core, &sent, pipes, 2), 0);
	fd_close(&pipes[0]);
	fd_close(&pipes[1]);
	assert_int_equal(receive(), 0);
	assert_int_equal(packet.message.type, KEEPER_SPAWN);
	assert_int_equal(packet.message.id, 7);
	assert_string_equal(packet.message.text, "gate/1");
	assert_int_equal(packet.fd_count, 2);
	char byte = 0;
	assert_int_equal(write(packet.fds[1], "x", 1), 1);
	assert_int_equal(read(packet.fds[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(fcntl(packet.fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(packet.fds[2], -1);
	keeper_packet_clear(&packet);
	assert_int_equal(packet.fds[0], -1);
}

static void a_blob_arrives(void **state)
{
	(void)state;
	static uint8_t blob[KEEPER_BLOB + 1];
	int fds[KEEPER_FDS];
	for (size_t i = 0; i < sizeof blob; i++)
		blob[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < KEEPER_FDS; i++)
		fds[i] = core;
	struct keeper_message sent = {.type = KEEPER_KEEP, .value = UINT64_C(1) << 40 | 3};
	assert_int_equal(keeper_send_blob(core, &sent, blob, sizeof blob, NULL, 0), -EMSGSIZE);
	assert_int_equal(keeper_send_blob(core, &sent, blob, KEEPER_BLOB, fds, KEEPER_FDS), 0);
	assert_int_equal(receive(), 0);
	assert_true(packet.message.value == (UINT64_C(1) << 40 | 3));
	assert_int_equal(packet.message.blob_size, KEEPER_BLOB);
	assert_memory_equal(packet.blob, blob, KEEPER_BLOB);
	assert_int_equal(packet.fd_count, KEEPER_FDS);
	keeper_packet_clear(&packet);
}

/* A record without its descriptors is told from garbage: the keeper goes on. */
static void no_room_for_descriptors(void **state)
{
	(void)state;
	struct rlimit before, few;
	assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
	few = before;
	few.rlim_cur = (rlim_t)lowest_free() + 1;
	struct keeper_message sent = {.type = KEEPER_KEEP, .value = 5};
	assert_int_equal(keeper_send_blob(core, &sent, "blob", 4, (const int[]){core, core, core}, 3), 0);
	assert_return_code(setrlimit(RLIMIT_NOFILE, &few), errno);
	assert_int_equal(receive(), -EMFILE);
	assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
	assert_true(packet.message.value == 5);
	assert_int_equal(packet.fd_count, 0);
	assert_int_equal(lowest_free(), few.rlim_cur - 1);
}

static void tells_nothing_there_from_gone(void **state)
{
	(void)state;
	assert_int_equal(receive(), -EAGAIN);
	fd_close(&core);
	assert_int_equal(receive(), -EPIPE);
	struct keeper_message sent = {.type = KEEPER_STOP};
	assert_int_equal(keeper_send(keeper, &sent, NULL, 0), -EPIPE);
}

static void full_queue_never_blocks(void **state)
{
	(void)state;
	struct keeper_message sent = {.type = KEEPER_READY};
	int err = 0;
	for (int i = 0; i < 100000 && !err; i++)
		err = keeper_send(core, &sent, NULL, 0);
	assert_int_equal(err, -EAGAIN);
}

/* Sends a good message with one thing broken, and size bytes of it. */
static void refuses(void (*damage)(struct keeper_message *), size_t size)
{
	struct keeper_message message = {.type = KEEPER_READY};
	assert_int_equal(keeper_send(core, &message, NULL, 0), 0);
	assert_int_equal(recv(keeper, &message, sizeof message, 0), sizeof message); /* with its magic */
	damage(&message);
	char bytes[sizeof message + 1] = {0};
	memcpy(bytes, &message, sizeof message);
	assert_int_equal(send(core, bytes, size, 0), size);
	assert_int_equal(receive(), -EPROTO);
}

static void nothing(struct keeper_message *message)
{
	(void)message;
}

static void magic(struct keeper_message *message)
{
	message->magic++;
}

static void no_type(struct keeper_message *message)
{
	message->type = 0;
}

static void unknown_type(struct keeper_message *message)
{
	message->type = KEEPER_TYPE_END;
}

static void unknown_program(struct keeper_message *message)
{
	message->program = KEEPER_PROGRAM_END;
}

static void endless_text(struct keeper_message *message)
{
	memset(message->text, 'x', sizeof message->text);
}

static void refuses_garbage(void **state)
{
	(void)state;
	refuses(nothing, sizeof(struct keeper_message) - 1);
	refuses(nothing, sizeof(struct keeper_message) + 1);
	refuses(nothing, 1);
	refuses(magic, sizeof(struct keeper_message));
	refuses(no_type, sizeof(struct keeper_message));
	refuses(unknown_type, sizeof(struct keeper_message));
	refuses(unknown_program, sizeof(struct keeper_message));
	refuses(endless_text, sizeof(struct keeper_message));
}

static void refused_message_leaks_no_descriptor(void **state)
{
	(void)state;
	int before = lowest_free(), fds[] = {core, core};
	assert_int_equal(keeper_send(core, &(struct keeper_message){.type = KEEPER_READY}, fds, 1), 0);
	assert_int_equal(keeper_send(core, &(struct keeper_message){.type = 0}, fds, 2), 0);
	assert_int_equal(receive(), 0);
	keeper_packet_clear(&packet);
	assert_int_equal(receive(), -EPROTO);
	assert_int_equal(lowest_free(), before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)
	const struct CMUnitTest tests[] = {
		TEST(arrives_with_descriptors),
		TEST(a_blob_arrives),
		TEST(no_room_for_descriptors),
		TEST(tells_nothing_there_from_gone),
		TEST(full_queue_never_blocks),
		TEST(refuses_garbage),
		TEST(refused_message_leaks_no_descriptor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
