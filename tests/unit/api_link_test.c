/* A connection's inner life, seen from inside. */
#include "api/locked.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A thread has not yet noticed the end of one connection when the next one, already made by another, ends too. */
static void test_lost_twice_at_once(void **state)
{
	(void)state;
	fb_broker *broker;
	int pair[2];
	assert_int_equal(link_create("/nowhere", &broker), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	broker->polled = pair[0];
	broker->socket = pair[1];
	link_lose(broker);
	assert_int_equal(broker->socket, -1);
	assert_int_equal(fcntl(pair[1], F_GETFD), -1);
	assert_int_equal(close(pair[0]), 0); /* as the thread does */
	link_unref(broker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lost_twice_at_once)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
