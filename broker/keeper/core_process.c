/* core_process.c: the life of the core: started, and started again, with what the one before it has left. */
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "keeper/spawn.h"
#include "keeper/state.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define TOPIC "keeper"

/* argv has room for the program and all of these. */
static size_t add_option(const char **argv, size_t argc, const char *name, const char *value)
{
	if (!value)
		return argc;
	argv[argc++] = name;
	argv[argc++] = value;
	return argc;
}

static int start(struct keeper *keeper)
{
	char path[SPAWN_PATH], number[16], last[16];
	int err = spawn_find("framebroker-core", path);
	if (err)
		return err;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(errno, "the core's socket");
	FD_AUTO ours = pair[0], theirs = pair[1];
	snprintf(number, sizeof number, "%d", theirs);
	snprintf(last, sizeof last, "%d", keeper->config);
	const char *argv[14] = {"framebroker-core"};
	size_t argc = add_option(argv, 1, "--keeper", number);
	argc = add_option(argv, argc, "--config", keeper->options->config);
	argc = add_option(argv, argc, "--socket", keeper->options->socket);
	argc = add_option(argv, argc, "--log-level", keeper->options->log_level);
	argc = add_option(argv, argc, "--last-keys", keeper->served ? keeper->keys : NULL);
	add_option(argv, argc, "--last-config", keeper->config < 0 ? NULL : last);
	pid_t pid = spawn_core(path, (char *const *)argv, (const int[]){theirs, keeper->config}, 2);
	if (pid < 0)
		return pid;
	keeper->core = pid;
	keeper->core_socket = fd_take(&ours);
	keeper->told = false;
	store_rewind(&keeper->store);
	return 0;
}

static void start_later(struct keeper *keeper)
{
	keeper->core_due_ns = clock_deadline(backoff_next(&keeper->backoff, arc4random()));
}

void core_process_start(struct keeper *keeper)
{
	keeper->core_due_ns = DEADLINE_NEVER;
	int err = start(keeper);
	if (!err)
		return;
	log_error(TOPIC, "%s", error_text());
	if (keeper->served) {
		start_later(keeper);
	} else {
		keeper->status = 1;
		keeper_stop(keeper);
	}
}

void core_process_settled(struct keeper *keeper)
{
	keeper->settle_ns = keeper->orphan_ns = DEADLINE_NEVER;
	backoff_reset(&keeper->backoff);
}

static void say_how(const struct keeper *keeper, int status)
{
	char how[48];
	if (WIFSIGNALED(status))
		snprintf(how, sizeof how, "the core died of signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof how, "the core ended with status %d", WEXITSTATUS(status));
	if (keeper->orphan_ns == DEADLINE_NEVER)
		log_error(TOPIC, "%s; a new one takes over", how);
	else
		log_error(TOPIC,
			  "%s and has not taken over; another one is tried; after %.1f s more (orphan_timeout) "
			  "workers and connections end",
			  how, (double)clock_left_ns(keeper->orphan_ns) / NS_PER_SECOND);
}

void kill_core(const struct keeper *keeper)
{
	if (keeper->core)
		kill(-keeper->core, SIGKILL);
}

void core_process_died(struct keeper *keeper, int status)
{
	bool steady = keeper->served && keeper->settle_ns == DEADLINE_NEVER && keeper->orphan_ns == DEADLINE_NEVER;
	keeper->core = 0;
	keeper->told = false;
	while (keeper->core_socket >= 0 && serve_core(keeper) == 0) /* its last records */
		continue;
	fd_close(&keeper->core_socket);
	tell_core_nothing(keeper);
	bool anew = WIFEXITED(status) && WEXITSTATUS(status) == KEEPER_CORE_ANEW;
	bool refused = WIFEXITED(status) && WEXITSTATUS(status) == KEEPER_CORE_REFUSED;
	keeper->settle_ns = DEADLINE_NEVER;
	if (keeper->stopping) {
		workers_kill_all(keeper->workers);
		return;
	}
	if (refused && !keeper->served) { /* it has said why */
		keeper->status = 1;
		keeper_stop(keeper);
		return;
	}
	if (!anew)
		say_how(keeper, status);
	if (keeper->served && keeper->orphan_ns == DEADLINE_NEVER)
		keeper->orphan_ns = clock_deadline(keeper->orphan_timeout_ns);
	if (anew || steady)
		keeper->core_due_ns = clock_deadline(0);
	else
		start_later(keeper);
}
