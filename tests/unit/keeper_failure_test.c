/* keeper_failure_test.c: a keeper that runs out of memory or descriptors: it answers, leaves nothing behind, and serves
 * the next core as if nothing had been. */
#include "base/clock.h"
#include "base/fd.h"
#include "keeper/lock.h"
#include "keeper/state.h"
#include "support/inject.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[32], program[64], path[64];
static int core; /* our end of its socket */

static int begin(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/keeper-failure-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/socket", folder);
	snprintf(program, sizeof program, "%s/framebroker-source", folder);
	setenv("FRAMEBROKER_LIBEXEC", folder, 1);
	return symlink("/bin/true", program);
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	lock_remove(path);
	unlink(program);
	return rmdir(folder);
}

static unsigned count_open(void)
{
	unsigned count = 0;
	DIR *dir = opendir("/proc/self/fd");
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void ask(struct keeper_message message, const char *text, size_t fd_count)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	snprintf(message.text, sizeof message.text, "%s", text);
	assert_int_equal(keeper_send_blob(core, &message, text, strlen(text), (int[]){nothing, nothing}, fd_count), 0);
	close(nothing);
}

/* What a core asks for in its first moments. */
static void ask_all(void)
{
	ask((struct keeper_message){.type = KEEPER_LISTEN, .mode = 0600, .gid = (uint32_t)-1}, path, 0);
	ask((struct keeper_message){.type = KEEPER_RECALL}, "", 0);
	ask((struct keeper_message){.type = KEEPER_READY}, "keys", 0);
	ask((struct keeper_message){.type = KEEPER_KEEP, .value = 1}, "a record", 2);
	ask((struct keeper_message){.type = KEEPER_KEEP, .value = 1}, "another", 1);
	ask((struct keeper_message){.type = KEEPER_KEEP, .value = 2}, "and one more", 0);
	ask((struct keeper_message){.type = KEEPER_SPAWN, .id = 7, .program = KEEPER_SOURCE}, "cam", 2);
	ask((struct keeper_message){.type = KEEPER_DROP, .value = 2}, "", 0);
}

struct answers {
	bool listening, started, failed;
};

static struct answers read_answers(void)
{
	static struct keeper_packet packet;
	struct answers answers = {0};
	while (keeper_receive(core, &packet) == 0) {
		answers.listening |= packet.message.type == KEEPER_LISTENING && packet.fd_count == 1;
		answers.started |= packet.message.type == KEEPER_STARTED;
		answers.failed |= packet.message.type == KEEPER_FAILED && packet.message.text[0];
		keeper_packet_clear(&packet);
	}
	return answers;
}

/* Whether a call failed in it. victim: as inject_begin() has it. */
static bool run(struct keeper *keeper, const struct inject *inject, pid_t victim, unsigned nth)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	core = pair[0];
	keeper->core_socket = pair[1];
	ask_all();
	if (inject)
		inject_begin(inject, victim, nth);
	int err = 0;
	while (err == 0)
		err = serve_core(keeper);
	bool failed = inject && inject_end();
	const char *where = failed ? inject_where() : "nothing failed";
	if (err != -EAGAIN)
		fail_msg("%s: the core's messages ended with %d", where, err);
	struct answers answers = read_answers();
	bool all = answers.listening && answers.started;
	if (failed ? !all && !answers.failed && !keeper->store.error : !all || answers.failed || keeper->store.error)
		fail_msg("%s: listening %d, started %d, told %d, lacks %d", where, answers.listening, answers.started,
			 answers.failed, keeper->store.error);
	if (failed && victim < 0 && !answers.failed)
		fail_msg("%s: a worker that could not be started is taken for one that was", where);
	workers_kill_all(keeper->workers);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	close(core);
	fd_close(&keeper->core_socket);
	keeper_forget(keeper);
	workers_clear(&keeper->workers);
	fd_close(&keeper->listening);
	fd_close(&keeper->lock);
	return failed;
}

static struct keeper_options options = {.private_fd = -1, .ready_fd = -1};
static struct keeper keeper = {.options = &options, .listening = -1, .lock = -1, .ready_fd = -1};

static void run_all(const struct inject *inject, pid_t victim)
{
	run(&keeper, NULL, 0, 0);
	unsigned open_before = count_open(), nth = 1;
	for (; run(&keeper, inject, victim, nth); nth++) {
		assert_int_equal(count_open(), open_before);
		run(&keeper, NULL, 0, 0);
	}
	assert_true(nth > 3);
}

static void test_serving(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof inject_all / sizeof *inject_all; i++)
		run_all(&inject_all[i], getpid());
}

/* On the way to its program. */
static void test_worker(void **state)
{
	(void)state;
	run_all(&(struct inject){INJECT_DESCRIPTORS, false}, -getpid());
	run_all(&(struct inject){INJECT_DESCRIPTORS, true}, -getpid());
}

/* A core that could not be started: the first one's failure ends all, the next one's is tried again. */
static void test_core(void **state)
{
	(void)state;
	char core_program[64];
	snprintf(core_program, sizeof core_program, "%s/framebroker-core", folder);
	assert_int_equal(symlink("/bin/true", core_program), 0);
	unsigned open_before = count_open();
	for (size_t i = 0; i < 2 * sizeof inject_all / sizeof *inject_all; i++) {
		bool failed = true;
		for (unsigned nth = 1; failed; nth++) {
			struct keeper starting = {.options = &options, .core_socket = -1, .served = i % 2};
			inject_begin(&inject_all[i / 2], getpid(), nth);
			core_process_start(&starting);
			failed = inject_end();
			bool waits = starting.served ? starting.core_due_ns != DEADLINE_NEVER : starting.stopping;
			if (!starting.core != waits || !starting.core != (starting.core_socket < 0) ||
			    !starting.core != failed)
				fail_msg("%s: core %d, socket %d", inject_where(), starting.core, starting.core_socket);
			while (waitpid(-1, NULL, 0) > 0)
				continue;
			fd_close(&starting.core_socket);
			assert_int_equal(count_open(), open_before);
		}
	}
	unlink(core_program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_serving, begin, end),
					   cmocka_unit_test_setup_teardown(test_worker, begin, end),
					   cmocka_unit_test_setup_teardown(test_core, begin, end)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
