/* keeper.c: the keeper's one loop: signals, the core's requests, and the ends of its children. */
#include "keeper/keeper.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "keeper/lock.h"
#include "keeper/notify.h"
#include "keeper/state.h"
#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOPIC "keeper"
#define STOP_NS (1600 * NS_PER_MS) /* what core and workers have to end in order; then they are killed */
#define LEAVE_NS (300 * NS_PER_MS) /* a process that even SIGKILL does not end holds us no longer than this */

static void kill_all(struct keeper *keeper)
{
	kill_core(keeper);
	workers_kill_all(keeper->workers);
}

void keeper_stop(struct keeper *keeper)
{
	if (keeper->stopping)
		return;
	keeper->stopping = true;
	workers_bury(&keeper->workers, 0);
	keeper->kill_ns = clock_deadline(keeper->core ? STOP_NS : 0); /* without a core nobody ends workers in order */
	notify_service("STOPPING=1");
	tell_core(keeper, &(struct keeper_message){.type = KEEPER_STOP});
}

void keeper_forget(struct keeper *keeper)
{
	workers_kill_all(keeper->workers);
	workers_forget_ids(keeper->workers);
	workers_bury(&keeper->workers, 0);
	store_clear(&keeper->store);
}

static void note_death(struct keeper *keeper, struct worker *worker, int status)
{
	if (keeper->told && worker->id)
		tell_core(keeper, &(struct keeper_message){.type = KEEPER_DIED, .id = worker->id, .number = status});
	worker->dead = true; /* until a core says that it knows */
	worker->status = status;
	if (!worker->id || keeper->stopping)
		workers_remove(&keeper->workers, worker);
}

/* Orphans of our children come here too. What is left of a group is killed before its leader is reaped: until then no
 * other process can have got its number. */
static void reap(struct keeper *keeper)
{
	siginfo_t ended = {0};
	while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
		int status = 0;
		struct worker *worker = workers_find(keeper->workers, ended.si_pid);
		if (ended.si_pid == keeper->core || worker)
			kill(-ended.si_pid, SIGKILL);
		waitpid(ended.si_pid, &status, 0);
		if (ended.si_pid == keeper->core)
			core_process_died(keeper, status);
		else if (worker)
			note_death(keeper, worker, status);
		ended.si_pid = 0;
	}
}

/* Where a core waits for its next try, the file has perhaps been mended. */
static void reload(struct keeper *keeper)
{
	if (keeper->core_due_ns != DEADLINE_NEVER)
		keeper->core_due_ns = clock_deadline(0);
	tell_core(keeper, &(struct keeper_message){.type = KEEPER_RELOAD});
}

static void read_signals(struct keeper *keeper)
{
	struct signalfd_siginfo signal;
	while (read(keeper->signals, &signal, sizeof signal) == sizeof signal) {
		if (signal.ssi_signo == SIGCHLD)
			reap(keeper);
		else if (signal.ssi_signo == SIGHUP)
			reload(keeper);
		else
			keeper_stop(keeper);
	}
}

/* Only its end says something. */
static void read_private(struct keeper *keeper)
{
	char ignored[64];
	if (read(keeper->private_fd, ignored, sizeof ignored) > 0)
		return;
	fd_close(&keeper->private_fd);
	keeper_stop(keeper);
}

static int64_t min_ns(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* There is a core that serves, though it has to live a while yet until it has taken over. */
static bool is_ready(const struct keeper *keeper)
{
	return keeper->settle_ns != DEADLINE_NEVER;
}

static int64_t next_deadline(const struct keeper *keeper)
{
	int64_t orphan_ns = is_ready(keeper) ? DEADLINE_NEVER : keeper->orphan_ns;
	int64_t core_ns = min_ns(keeper->core_due_ns, min_ns(keeper->settle_ns, orphan_ns));
	return min_ns(core_ns, min_ns(keeper->kill_ns, keeper->leave_ns));
}

static bool is_over(const struct keeper *keeper)
{
	return keeper->stopping && ((!keeper->core && !keeper->workers) || clock_left_ns(keeper->leave_ns) == 0);
}

/* Nobody has taken over: the next core begins with nothing. One that is still trying has taken some of it already. */
static void give_up(struct keeper *keeper)
{
	keeper->orphan_ns = DEADLINE_NEVER;
	if (keeper->orphan_timeout_ns > 0)
		log_error(TOPIC, "no core has taken over within orphan_timeout: workers and connections end");
	keeper_forget(keeper);
	kill_core(keeper);
}

static void check_deadlines(struct keeper *keeper)
{
	if (clock_left_ns(keeper->kill_ns) == 0) {
		kill_all(keeper);
		keeper->kill_ns = DEADLINE_NEVER;
		keeper->leave_ns = clock_deadline(LEAVE_NS);
	}
	if (clock_left_ns(keeper->settle_ns) == 0)
		core_process_settled(keeper);
	if (clock_left_ns(keeper->orphan_ns) == 0 && !is_ready(keeper))
		give_up(keeper);
	if (clock_left_ns(keeper->core_due_ns) == 0 && !keeper->stopping)
		core_process_start(keeper);
}

static void run(struct keeper *keeper)
{
	core_process_start(keeper);
	while (!is_over(keeper)) {
		short for_core = keeper->outbox.first ? POLLIN | POLLOUT : POLLIN;
		struct pollfd polled[] = {{.fd = keeper->core_socket, .events = for_core},
					  {.fd = keeper->signals, .events = POLLIN},
					  {.fd = keeper->private_fd, .events = POLLIN}};
		if (poll(polled, 3, clock_left_ms(next_deadline(keeper))) > 0) {
			if (polled[0].revents & POLLOUT)
				tell_core_rest(keeper);
			if (polled[0].revents & ~POLLOUT)
				serve_core(keeper);
			if (polled[1].revents)
				read_signals(keeper);
			if (polled[2].revents)
				read_private(keeper);
		}
		check_deadlines(keeper);
	}
}

static int open_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN); /* children too: a log that nobody reads ends nobody */
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A private broker was given a folder for its socket alone; any other is not empty, or not ours to remove. */
static void remove_socket(struct keeper *keeper)
{
	if (keeper->listening < 0)
		return;
	unlink(keeper->path);
	lock_remove(keeper->path);
	if (keeper->options->private_fd >= 0)
		rmdir(dirname(keeper->path));
}

int keeper_run(const struct keeper_options *options)
{
	struct keeper keeper = {.options = options,
				.signals = open_signals(),
				.core_socket = -1,
				.listening = -1,
				.lock = -1,
				.private_fd = options->private_fd,
				.config = -1,
				.ready_fd = options->ready_fd,
				.backoff = {.first_ns = 50 * NS_PER_MS, .max_ns = NS_PER_SECOND},
				.settle_ns = DEADLINE_NEVER,
				.orphan_ns = DEADLINE_NEVER,
				.kill_ns = DEADLINE_NEVER,
				.leave_ns = DEADLINE_NEVER};
	if (keeper.signals < 0) {
		log_error(TOPIC, "signalfd: %s", strerrordesc_np(errno));
		return 1;
	}
	run(&keeper);
	remove_socket(&keeper);
	workers_clear(&keeper.workers);
	store_clear(&keeper.store);
	tell_core_nothing(&keeper);
	fd_close(&keeper.core_socket);
	fd_close(&keeper.listening);
	fd_close(&keeper.lock);
	fd_close(&keeper.private_fd);
	fd_close(&keeper.config);
	fd_close(&keeper.ready_fd);
	fd_close(&keeper.signals);
	return keeper.status;
}
