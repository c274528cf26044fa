/* Packets over a real socket pair: descriptors arrive once, garbage and unwanted descriptors are refused, nothing
 * leaks. */
#include "base/error.h"
#include "wire/connection.h"
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int pair[2];

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int setup(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static void test_message_with_descriptors(void **state)
{
	(void)state;
	int before = open_fds(), fds[LIMIT_MESSAGE_FDS];
	for (int i = 0; i < LIMIT_MESSAGE_FDS; i++)
		fds[i] = memfd_create("test", MFD_CLOEXEC);
	struct wire_message message = {.type = WIRE_DONE, .serial = 9};
	assert_int_equal(wire_send(pair[0], &message, fds, LIMIT_MESSAGE_FDS), 0);
	struct wire_packet packet;
	assert_int_equal(wire_receive(pair[1], &packet, true), 0);
	assert_int_equal(packet.message.serial, 9);
	assert_int_equal(packet.fd_count, LIMIT_MESSAGE_FDS);
	wire_packet_clear(&packet);
	for (int i = 0; i < LIMIT_MESSAGE_FDS; i++)
		close(fds[i]);
	assert_int_equal(open_fds(), before);
}

static void test_unwanted_descriptors_are_refused(void **state)
{
	(void)state;
	int before = open_fds(), fd = memfd_create("test", MFD_CLOEXEC);
	struct wire_message message = {.type = WIRE_DONE};
	assert_int_equal(wire_send(pair[0], &message, &fd, 1), 0);
	close(fd);
	struct wire_packet packet;
	assert_int_equal(wire_receive(pair[1], &packet, false), -EPROTO);
	assert_int_equal(open_fds(), before);
}

static void test_nothing_there(void **state)
{
	(void)state;
	struct wire_packet packet;
	assert_int_equal(wire_receive(pair[1], &packet, true), -EAGAIN);
}

static void test_garbage(void **state)
{
	(void)state;
	struct wire_packet packet;
	assert_int_equal(send(pair[0], "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
	assert_int_equal(wire_receive(pair[1], &packet, true), -EPROTO);
	static char long_one[LIMIT_MESSAGE + 1];
	assert_int_equal(send(pair[0], long_one, sizeof long_one, 0), sizeof long_one);
	assert_int_equal(wire_receive(pair[1], &packet, true), -EPROTO);
}

static void test_peer_gone(void **state)
{
	(void)state;
	struct wire_packet packet;
	struct wire_message message = {.type = WIRE_DONE};
	close(pair[0]);
	pair[0] = -1;
	assert_int_equal(wire_receive(pair[1], &packet, true), -EPIPE);
	assert_int_equal(wire_send(pair[1], &message, NULL, 0), -EPIPE);
}

/* A worker's last report, while a message to it was still on its way. */
static void test_last_words_of_a_peer_that_did_not_listen(void **state)
{
	(void)state;
	struct wire_message unread = {.type = WIRE_DONE, .serial = 1}, last = {.type = WIRE_DONE, .serial = 2};
	assert_int_equal(wire_send(pair[0], &unread, NULL, 0), 0);
	assert_int_equal(wire_send(pair[1], &last, NULL, 0), 0);
	close(pair[1]);
	struct wire_packet packet;
	assert_int_equal(wire_receive(pair[0], &packet, false), 0);
	assert_int_equal(packet.message.serial, 2);
	assert_int_equal(wire_receive(pair[0], &packet, false), -EPIPE);
	pair[1] = -1;
}

static void test_full_queue(void **state)
{
	(void)state;
	struct wire_message message = {.type = WIRE_DONE};
	int err = 0;
	for (int i = 0; i < 1000000 && err == 0; i++)
		err = wire_send(pair[0], &message, NULL, 0);
	assert_int_equal(err, -EAGAIN);
}

static void test_no_broker(void **state)
{
	(void)state;
	assert_int_equal(wire_connect("/nonexistent/framebroker.sock"), -ENOENT);
	assert_non_null(strstr(error_text(), "/nonexistent/framebroker.sock"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_message_with_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unwanted_descriptors_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_peer_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_words_of_a_peer_that_did_not_listen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_queue, setup, teardown),
		cmocka_unit_test(test_no_broker),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
