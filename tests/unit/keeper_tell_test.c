/* keeper_tell_test.c: what a busy core is told: all of it, in order, although its socket holds less. */
#include "base/fd.h"
#include "keeper/state.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct keeper keeper;
static int core; /* its end of the socket */

/* The core is a process that waits to be killed. */
static int begin(void **state)
{
	(void)state;
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	core = pair[0];
	keeper = (struct keeper){.core_socket = pair[1], .core = fork()};
	if (keeper.core == 0) {
		setpgid(0, 0);
		pause();
		_exit(0);
	}
	setpgid(keeper.core, keeper.core);
	return 0;
}

static int end(void **state)
{
	(void)state;
	kill_core(&keeper);
	if (keeper.core)
		waitpid(keeper.core, NULL, 0);
	tell_core_nothing(&keeper);
	fd_close(&keeper.core_socket);
	fd_close(&core);
	return 0;
}

static void tell_died(uint32_t id)
{
	tell_core(&keeper, &(struct keeper_message){.type = KEEPER_DIED, .id = id});
}

static bool lives(void)
{
	return waitpid(keeper.core, NULL, WNOHANG) == 0;
}

static void test_hundreds_at_once(void **state)
{
	(void)state;
	static struct keeper_packet packet;
	const uint32_t count = 1000;
	uint32_t heard = 0;
	for (uint32_t id = 1; id <= count; id++)
		tell_died(id);
	assert_non_null(keeper.outbox.first); /* the socket holds less */
	while (heard <= count) {
		while (keeper_receive(core, &packet) == 0) {
			assert_int_equal(packet.message.id, ++heard);
			if (heard == 10) /* while others wait, a new one comes behind them */
				tell_died(count + 1);
		}
		tell_core_rest(&keeper);
	}
	assert_null(keeper.outbox.first);
	assert_true(lives());
}

static void test_a_core_that_reads_nothing(void **state)
{
	(void)state;
	int status;
	for (uint32_t id = 1; id <= 20000; id++)
		tell_died(id);
	assert_int_equal(waitpid(keeper.core, &status, 0), keeper.core);
	keeper.core = 0;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(keeper.outbox.count < 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hundreds_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_a_core_that_reads_nothing, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
