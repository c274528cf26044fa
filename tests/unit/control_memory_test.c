/* The memory modes as clients see them: a worker's frames in /dev/shm, a program's never; sealed when the writer is
 * ready. */
#include "control_peer.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_memory_of_each_mode(void **state)
{
	struct server *server = *state;
	const enum config_memory mode = server->config.memory;
	struct peer worker, program, reading;
	struct ring_writer *writer = NULL, *other = NULL;
	server_start(server);
	add_stream(server, "gate", "gate", false);
	add_stream(server, "marked", NULL, false);
	peer_adopt(server, &worker, 7);
	peer_connect(server, &program);
	peer_connect(server, &reading);
	open_worker_writer(&worker, "gate", 64, &writer);
	open_writer(&program, "marked", NULL, &other);
	const char *names[] = {"gate", "marked"};
	for (int i = 0; i < 2; i++) {
		uint32_t place = open_reader(&reading, names[i], FB_LATEST);
		peer_call(&reading, (struct wire_message){.type = WIRE_READER_ATTACH, .place = place});
		assert_int_equal(reading.packet.fd_count, RING_FD_PAGES + 1);
		int seals = fcntl(reading.packet.fds[RING_FD_DATA], F_GET_SEALS);
		if (mode == CONFIG_MEMORY_POSIX && i == 0)
			assert_int_equal(seals, F_SEAL_SEAL); /* a file in /dev/shm takes no seals */
		else
			assert_true(seals & F_SEAL_SHRINK && seals & F_SEAL_GROW);
		assert_int_equal(!!(seals & F_SEAL_FUTURE_WRITE), mode == CONFIG_MEMORY_SEALED);
	}
	for (int i = 0; i < 20; i++) {
		publish(writer);
		publish(other);
	}
	ring_writer_destroy(writer);
	ring_writer_destroy(other);
	peer_close(&reading);
	peer_close(&program);
	peer_close(&worker);
}

static int setup_posix(void **state)
{
	int r = server_setup(state);
	((struct server *)*state)->config.memory = CONFIG_MEMORY_POSIX;
	return r;
}

static int setup_sealed(void **state)
{
	int r = server_setup(state);
	((struct server *)*state)->config.memory = CONFIG_MEMORY_SEALED;
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_memory_of_each_mode, server_setup, server_teardown),
		cmocka_unit_test_setup_teardown(test_memory_of_each_mode, setup_posix, server_teardown),
		cmocka_unit_test_setup_teardown(test_memory_of_each_mode, setup_sealed, server_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
