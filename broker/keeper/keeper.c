/* keeper.c: the keeper's one loop: signals, the core's requests, and the ends of its children. */
#include "keeper/keeper.h"
#include "base/address.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "keeper/listen.h"
#include "keeper/lock.h"
#include "keeper/notify.h"
#include "keeper/protocol.h"
#include "keeper/spawn.h"
#include "keeper/workers.h"
#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOPIC "keeper"
#define STOP_NS (1600 * NS_PER_MS)     /* what core and workers have to end in order; then they are killed */
#define LEAVE_NS (300 * NS_PER_MS)     /* a process that even SIGKILL does not end holds us no longer than this */
#define STEADY_NS (60 * NS_PER_SECOND) /* a core that lived so long is started again without a long wait */

static const char *const programs[KEEPER_PROGRAM_END] = {
	[KEEPER_SOURCE] = "framebroker-source", [KEEPER_SINK] = "framebroker-sink"};

struct keeper {
	const struct keeper_options *options;
	int signals, core_socket, listening, lock, private_fd, ready_fd;
	char path[KEEPER_TEXT]; /* of the listening socket */
	char keys[KEEPER_TEXT]; /* what the last core that was ready told of its keys; the next one compares */
	pid_t core;             /* 0: none */
	struct backoff backoff;
	int64_t core_started_ns, core_due_ns; /* due: when the next one starts */
	int64_t kill_ns, leave_ns;            /* deadlines once it stops */
	bool served, stopping;                /* served: a core was ready once */
	int status;                           /* to exit with */
	struct worker *workers;
};

static void kill_all(struct keeper *keeper)
{
	if (keeper->core)
		kill(-keeper->core, SIGKILL);
	workers_kill_all(keeper->workers);
}

/* A core that lets its queue fill up has been stuck for long: a new one serves better. */
static void tell_core(struct keeper *keeper, const struct keeper_message *message, const int *fds, size_t fd_count)
{
	if (keeper->core_socket < 0 || keeper_send(keeper->core_socket, message, fds, fd_count) != -EAGAIN)
		return;
	log_error(TOPIC, "the core takes no messages: it is killed");
	kill(-keeper->core, SIGKILL);
}

static void tell_failed(struct keeper *keeper, uint32_t id, int err)
{
	struct keeper_message failed = {.type = KEEPER_FAILED, .id = id, .number = -err};
	snprintf(failed.text, sizeof failed.text, "%s", error_text());
	tell_core(keeper, &failed, NULL, 0);
}

static void stop(struct keeper *keeper)
{
	if (keeper->stopping)
		return;
	keeper->stopping = true;
	keeper->kill_ns = clock_deadline(STOP_NS);
	notify_service("STOPPING=1");
	tell_core(keeper, &(struct keeper_message){.type = KEEPER_STOP}, NULL, 0);
}

static size_t add_option(const char **argv, size_t argc, const char *name, const char *value)
{
	if (!value)
		return argc;
	argv[argc++] = name;
	argv[argc++] = value;
	return argc;
}

static int start_core(struct keeper *keeper)
{
	char path[SPAWN_PATH], number[16];
	int err = spawn_find("framebroker-core", path);
	if (err)
		return err;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(errno, "the core's socket");
	FD_AUTO ours = pair[0], theirs = pair[1];
	snprintf(number, sizeof number, "%d", theirs);
	const char *argv[12] = {"framebroker-core"};
	size_t argc = add_option(argv, 1, "--keeper", number);
	argc = add_option(argv, argc, "--config", keeper->options->config);
	argc = add_option(argv, argc, "--socket", keeper->options->socket);
	argc = add_option(argv, argc, "--log-level", keeper->options->log_level);
	add_option(argv, argc, "--last-keys", keeper->served ? keeper->keys : NULL);
	pid_t pid = spawn_core(path, (char *const *)argv, theirs);
	if (pid < 0)
		return pid;
	keeper->core = pid;
	keeper->core_socket = fd_take(&ours);
	keeper->core_started_ns = clock_monotonic_ns();
	return 0;
}

static void start_core_later(struct keeper *keeper)
{
	if (clock_monotonic_ns() - keeper->core_started_ns > STEADY_NS)
		backoff_reset(&keeper->backoff);
	keeper->core_due_ns = clock_deadline(backoff_next(&keeper->backoff, arc4random()));
}

static void start_due_core(struct keeper *keeper)
{
	keeper->core_due_ns = DEADLINE_NEVER;
	int err = start_core(keeper);
	if (!err)
		return;
	log_error(TOPIC, "%s", error_text());
	if (keeper->served) {
		start_core_later(keeper);
	} else {
		keeper->status = 1;
		stop(keeper);
	}
}

/* Only this version's core knows the workers that it asked for, so they end with it. */
static void core_died(struct keeper *keeper, int status)
{
	keeper->core = 0;
	fd_close(&keeper->core_socket);
	kill_all(keeper);
	workers_forget_ids(keeper->workers);
	if (keeper->stopping)
		return;
	bool refused = WIFEXITED(status) && WEXITSTATUS(status) == KEEPER_CORE_REFUSED;
	if (refused && !keeper->served) { /* it has said why */
		keeper->status = 1;
		stop(keeper);
		return;
	}
	if (WIFSIGNALED(status))
		log_error(TOPIC, "the core died of signal %d; a new one starts", WTERMSIG(status));
	else
		log_error(TOPIC, "the core ended with status %d; a new one starts", WEXITSTATUS(status));
	start_core_later(keeper);
}

static int open_socket(struct keeper *keeper, const struct keeper_message *request)
{
	if (keeper->listening >= 0) /* a core before this one asked; clients queue there */
		return 0;
	FD_AUTO lock = -1;
	int err = lock_take(request->text, &lock);
	if (!err)
		err = listen_open(request->text, (mode_t)request->mode, (gid_t)request->gid, &keeper->listening);
	if (err)
		return err;
	keeper->lock = fd_take(&lock);
	memcpy(keeper->path, request->text, sizeof keeper->path);
	return 0;
}

static void answer_listen(struct keeper *keeper, const struct keeper_message *request)
{
	int err = open_socket(keeper, request);
	if (err) {
		tell_failed(keeper, 0, err);
		return;
	}
	struct keeper_message listening = {.type = KEEPER_LISTENING};
	memcpy(listening.text, keeper->path, sizeof listening.text);
	tell_core(keeper, &listening, &keeper->listening, 1);
}

static void answer_spawn(struct keeper *keeper, const struct keeper_message *request, const int *fds)
{
	pid_t pid = spawn_worker(programs[request->program], request->text, fds[0], fds[1]);
	int err = pid < 0 ? pid : workers_add(&keeper->workers, pid, request->id);
	if (err && pid > 0)
		kill(-pid, SIGKILL);
	if (err)
		tell_failed(keeper, request->id, err);
	else
		tell_core(keeper, &(struct keeper_message){.type = KEEPER_STARTED, .id = request->id, .number = pid},
			  NULL, 0);
}

static void serve(struct keeper *keeper, const struct keeper_message *request, const int *fds)
{
	switch (request->type) {
	case KEEPER_LISTEN:
		answer_listen(keeper, request);
		break;
	case KEEPER_READY:
		log_to_stderr(LOG_WARNING, request->number == KEEPER_LOG_JSON);
		keeper->served = true;
		memcpy(keeper->keys, request->text, sizeof keeper->keys);
		notify_parent(&keeper->ready_fd);
		notify_service("READY=1");
		break;
	case KEEPER_SPAWN:
		answer_spawn(keeper, request, fds);
		break;
	case KEEPER_KILL:
		workers_kill(keeper->workers, request->id);
		break;
	default:
		log_error(TOPIC, "the core sent a message of type %u, which is not for the keeper", request->type);
		break;
	}
}

static void read_core(struct keeper *keeper)
{
	struct keeper_message request;
	int fds[KEEPER_FDS];
	int err = keeper_receive(keeper->core_socket, &request, fds);
	if (err == -EAGAIN)
		return;
	if (err) {
		if (err != -EPIPE) { /* it is out of its mind; one that is gone tells by its exit status why */
			log_error(TOPIC, "%s", error_text());
			kill(-keeper->core, SIGKILL);
		}
		fd_close(&keeper->core_socket);
		return;
	}
	serve(keeper, &request, fds);
	for (size_t i = 0; i < KEEPER_FDS; i++)
		fd_close(&fds[i]);
}

static void worker_died(struct keeper *keeper, pid_t pid, int status)
{
	uint32_t id;
	if (!workers_remove(&keeper->workers, pid, &id) || !id)
		return;
	tell_core(keeper, &(struct keeper_message){.type = KEEPER_DIED, .id = id, .number = status}, NULL, 0);
}

/* Orphans of our children come here too. What is left of a group is killed before its leader is reaped: until then no
 * other process can have got its number. */
static void reap(struct keeper *keeper)
{
	siginfo_t ended = {0};
	while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
		int status = 0;
		if (ended.si_pid == keeper->core || workers_have(keeper->workers, ended.si_pid))
			kill(-ended.si_pid, SIGKILL);
		waitpid(ended.si_pid, &status, 0);
		if (ended.si_pid == keeper->core)
			core_died(keeper, status);
		else
			worker_died(keeper, ended.si_pid, status);
		ended.si_pid = 0;
	}
}

static void read_signals(struct keeper *keeper)
{
	struct signalfd_siginfo signal;
	while (read(keeper->signals, &signal, sizeof signal) == sizeof signal) {
		if (signal.ssi_signo == SIGCHLD)
			reap(keeper);
		else if (signal.ssi_signo == SIGHUP)
			tell_core(keeper, &(struct keeper_message){.type = KEEPER_RELOAD}, NULL, 0);
		else
			stop(keeper);
	}
}

/* Only its end says something. */
static void read_private(struct keeper *keeper)
{
	char ignored[64];
	if (read(keeper->private_fd, ignored, sizeof ignored) > 0)
		return;
	fd_close(&keeper->private_fd);
	stop(keeper);
}

static int64_t min_ns(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool is_over(const struct keeper *keeper)
{
	return keeper->stopping && ((!keeper->core && !keeper->workers) || clock_left_ns(keeper->leave_ns) == 0);
}

static void check_deadlines(struct keeper *keeper)
{
	if (clock_left_ns(keeper->kill_ns) == 0) {
		kill_all(keeper);
		keeper->kill_ns = DEADLINE_NEVER;
		keeper->leave_ns = clock_deadline(LEAVE_NS);
	}
	if (clock_left_ns(keeper->core_due_ns) == 0 && !keeper->stopping)
		start_due_core(keeper);
}

static void run(struct keeper *keeper)
{
	start_due_core(keeper);
	while (!is_over(keeper)) {
		struct pollfd polled[] = {{.fd = keeper->core_socket, .events = POLLIN},
					  {.fd = keeper->signals, .events = POLLIN},
					  {.fd = keeper->private_fd, .events = POLLIN}};
		int64_t deadline = min_ns(keeper->core_due_ns, min_ns(keeper->kill_ns, keeper->leave_ns));
		if (poll(polled, 3, clock_left_ms(deadline)) > 0) {
			if (polled[0].revents)
				read_core(keeper);
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
				.ready_fd = options->ready_fd,
				.backoff = {.first_ns = 100 * NS_PER_MS, .max_ns = 5 * NS_PER_SECOND},
				.kill_ns = DEADLINE_NEVER,
				.leave_ns = DEADLINE_NEVER};
	if (keeper.signals < 0) {
		log_error(TOPIC, "signalfd: %s", strerrordesc_np(errno));
		return 1;
	}
	run(&keeper);
	remove_socket(&keeper);
	workers_clear(&keeper.workers);
	fd_close(&keeper.core_socket);
	fd_close(&keeper.listening);
	fd_close(&keeper.lock);
	fd_close(&keeper.private_fd);
	fd_close(&keeper.ready_fd);
	fd_close(&keeper.signals);
	return keeper.status;
}
