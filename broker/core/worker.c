/* worker.c: the life of a worker process: started when it is due, stopped when it is not, and started again after it
 * died. */
#include "core/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "clients/events.h"
#include "control/workers.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define SILENCE_NS (10 * NS_PER_SECOND) /* a process that reports nothing for so long is stuck */
/* What a process has to begin: where many begin at once, on a small machine, linking FFmpeg takes long. */
#define BEGIN_NS (60 * NS_PER_SECOND)
#define END_NS (2 * NS_PER_SECOND) /* what it has to end, once it has disconnected or was killed */
#define PROVEN_NS NS_PER_SECOND    /* and reconnect_delay: what is live for so long is started again at once */

static void on_timer(void *context);
static void on_proven(void *context);

int worker_init(struct worker *worker, struct worker_host *host, const struct worker_kind *kind, unsigned id,
		const char *name)
{
	*worker = (struct worker){.host = host,
				  .kind = kind,
				  .id = id,
				  .changed = true,
				  .socket = -1,
				  .state = FB_IDLE,
				  .since_utc_ns = clock_utc_ns()};
	snprintf(worker->name, sizeof worker->name, "%s", name);
	worker_log_init(&worker->log, host->loop, kind->name, name);
	int err = loop_timer_create(host->loop, on_timer, worker, &worker->timer);
	if (!err)
		err = loop_timer_create(host->loop, on_proven, worker, &worker->proven_timer);
	return err;
}

void worker_clear(struct worker *worker)
{
	loop_timer_destroy(worker->timer);
	loop_timer_destroy(worker->proven_timer);
	loop_timer_destroy(worker->demand.timer);
	worker_log_close(&worker->log);
	fd_close(&worker->socket);
	worker_clear_error(worker);
	json_decref(worker->statistics);
}

static int64_t time_to_prove(const struct worker *worker)
{
	return worker->backoff.first_ns > PROVEN_NS ? worker->backoff.first_ns : PROVEN_NS;
}

static void wait_for_next(struct worker *worker)
{
	worker->changed = true;
	worker->phase = WORKER_WAITING;
	loop_timer_set(worker->timer, backoff_next(&worker->backoff, arc4random()));
}

/* The socket pair and the pipe of a new process, whose ends the keeper hands on. */
static int spawn(struct worker *worker)
{
	FD_AUTO error_fd = -1;
	int pair[2];
	int err = worker_log_open(&worker->log, &error_fd);
	if (err)
		return err;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(errno, "a socket for the worker");
	FD_AUTO theirs = pair[1];
	worker->socket = pair[0];
	worker->host->keep(worker->host->context);
	return keeper_link_spawn(worker->host->keeper, worker->kind->program, worker->id, worker->name, theirs,
				 error_fd);
}

static bool may_start(const struct worker *worker)
{
	return !worker->leaving && !worker->host->stopping && worker->kind->due(worker) && worker_is_demanded(worker);
}

static void start(struct worker *worker)
{
	worker->again = false;
	worker->ended = false;
	worker->proven = false;
	*worker->killed = '\0';
	worker->phase = WORKER_RUNNING;
	worker->changed = true;
	worker_clear_error(worker);
	worker_set_state(worker, FB_CONNECTING);
	loop_timer_set(worker->timer, BEGIN_NS);
	if (spawn(worker) < 0)
		worker_failed(worker, error_text());
}

void worker_begin(struct worker *worker)
{
	if (worker->phase == WORKER_IDLE && may_start(worker))
		start(worker);
}

static void go_idle(struct worker *worker)
{
	worker->phase = WORKER_IDLE;
	worker->changed = true;
	loop_timer_stop(worker->timer);
	loop_timer_stop(worker->proven_timer);
	if (!worker->ended)
		worker_set_state(worker, FB_IDLE);
	worker->host->idle(worker->host->context);
}

static void stop_process(struct worker *worker)
{
	worker->phase = WORKER_STOPPING;
	worker->changed = true;
	loop_timer_set(worker->timer, worker->kind->stop_ns);
	if (worker->pid)
		control_worker_stop(worker->host->control, worker->id);
}

void worker_stop(struct worker *worker)
{
	worker->again = false;
	worker->changed = true;
	if (worker->phase == WORKER_RUNNING)
		stop_process(worker);
	else if (worker->phase != WORKER_STOPPING)
		go_idle(worker);
}

void worker_restart(struct worker *worker)
{
	backoff_reset(&worker->backoff);
	worker->again = true;
	worker->changed = true;
	if (worker->phase == WORKER_RUNNING) {
		stop_process(worker);
	} else if (worker->phase != WORKER_STOPPING) {
		loop_timer_stop(worker->timer);
		worker->phase = WORKER_IDLE;
		worker->ended = false;
		worker_set_state(worker, FB_IDLE);
		worker_begin(worker);
	}
}

bool worker_runs(const struct worker *worker)
{
	return worker->phase == WORKER_RUNNING || worker->phase == WORKER_STOPPING;
}

static void kill_process(struct worker *worker, const char *why)
{
	log_warning(worker->log.topic, "the worker (pid %d) %s: it is killed", (int)worker->pid, why);
	if (!*worker->killed) /* what comes later follows from the first */
		snprintf(worker->killed, sizeof worker->killed, "%s", why);
	worker->changed = true;
	keeper_link_kill(worker->host->keeper, worker->id);
}

void worker_started(struct worker *worker, pid_t pid)
{
	worker->pid = pid;
	worker->changed = true;
	int err = control_adopt_worker(worker->host->control, fd_take(&worker->socket), worker->id, pid);
	worker->connected = !err;
	if (err) {
		log_error(worker->log.topic, "%s", error_text());
		kill_process(worker, "could not be connected");
	} else if (worker->phase == WORKER_STOPPING) {
		control_worker_stop(worker->host->control, worker->id);
	}
}

/* Where a process has stopped as it should: the next one, or none. */
static void go_on(struct worker *worker)
{
	worker->phase = WORKER_IDLE;
	if (worker->again && may_start(worker))
		start(worker);
	else
		go_idle(worker);
}

/* What a process leaves behind. */
static void clean_up(struct worker *worker)
{
	worker->pid = 0;
	worker->dead = false;
	worker->changed = true;
	fd_close(&worker->socket);
	worker_log_close(&worker->log);
	loop_timer_stop(worker->proven_timer);
}

void worker_failed(struct worker *worker, const char *text)
{
	log_warning(worker->log.topic, "the worker did not start: %s", text);
	worker_set_error(worker, text, "");
	clean_up(worker);
	if (worker->phase == WORKER_STOPPING) {
		go_on(worker);
		return;
	}
	worker_set_state(worker, FB_LOST);
	wait_for_next(worker);
}

static void tell_death(struct worker *worker, int status)
{
	char text[128];
	if (*worker->killed)
		snprintf(text, sizeof text, "the worker %s: the broker killed it", worker->killed);
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof text, "the worker died of signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, sizeof text, "the worker ended with status %d", WEXITSTATUS(status));
	if (WIFSIGNALED(status) || !worker->error.text)
		worker_set_error(worker, text, "it is started again; its last log lines may tell why");
	log_warning(worker->log.topic, "%s", text);
	control_event(worker->host->control, "died", worker->kind->name, worker->name,
		      json_pack("{s:s}", "text", text));
}

static void crashed(struct worker *worker)
{
	worker->ended = false;
	worker->restarts++;
	tell_death(worker, worker->status);
	worker_set_state(worker, FB_LOST);
	if (worker->proven && may_start(worker))
		start(worker);
	else
		wait_for_next(worker);
}

/* The process is gone, and all that it had to say has been heard. */
static void finish(struct worker *worker)
{
	bool finished = worker->ended && WIFEXITED(worker->status) && WEXITSTATUS(worker->status) == 0;
	clean_up(worker);
	enum worker_next next = worker->kind->over(worker, finished);
	if (worker->phase == WORKER_STOPPING) {
		worker->ended = finished && !worker->again;
		go_on(worker);
	} else if (!finished) {
		crashed(worker);
	} else if (next == WORKER_LATER) {
		wait_for_next(worker);
	} else {
		worker->again = next == WORKER_IF_DUE;
		go_on(worker);
	}
}

void worker_died(struct worker *worker, int status)
{
	worker->dead = true;
	worker->status = status;
	worker->changed = true;
	if (!worker->connected)
		finish(worker);
}

void worker_disconnected(struct worker *worker)
{
	worker->connected = false;
	if (worker->dead)
		finish(worker);
	else if (worker->phase == WORKER_RUNNING)
		loop_timer_set(worker->timer, END_NS);
}

/* The process lives, as far as the keeper knows. */
static void resume_process(struct worker *worker)
{
	if (!worker->connected)
		kill_process(worker, "lost its connection");
	if (worker->phase == WORKER_STOPPING)
		stop_process(worker);
	else
		loop_timer_set(worker->timer, SILENCE_NS);
	if (worker->phase == WORKER_RUNNING && worker->state == FB_LIVE && !worker->proven)
		loop_timer_set(worker->proven_timer, time_to_prove(worker));
}

void worker_resume(struct worker *worker, const struct keeper_child *child, int log_fd)
{
	FD_AUTO log = log_fd;
	if (child && !child->dead &&
	    !worker_runs(worker)) /* the keeper started it, but did not take the record of it */
		worker->phase = WORKER_RUNNING;
	if (worker->phase == WORKER_WAITING)
		wait_for_next(worker);
	if (!worker_runs(worker))
		return;
	worker->connected = control_has_worker(worker->host->control, worker->id);
	if (log >= 0)
		worker_log_adopt(&worker->log, fd_take(&log));
	if (child)
		worker->pid = child->pid;
	if (child && !child->dead)
		resume_process(worker);
	else /* where nobody knows how it ended, it did so in order if it had told that it would */
		worker_died(worker, child ? child->status : worker->dead ? worker->status : 0);
}

static void on_timer(void *context)
{
	struct worker *worker = context;
	if (worker->phase == WORKER_WAITING) {
		worker->again = true;
		go_on(worker);
		return;
	}
	if (worker->phase == WORKER_STOPPING)
		kill_process(worker, "does not stop");
	else if (worker->connected)
		kill_process(worker, "was stuck (it reported nothing for 10 s or longer)");
	else
		kill_process(worker, "lost its connection");
	loop_timer_set(worker->timer, END_NS);
}

static void on_proven(void *context)
{
	struct worker *worker = context;
	worker->changed = true;
	worker->proven = true;
	backoff_reset(&worker->backoff);
}

void worker_heard(struct worker *worker, enum fb_state state)
{
	if (worker->phase != WORKER_RUNNING)
		return;
	loop_timer_set(worker->timer, SILENCE_NS);
	if (state == FB_LIVE && worker->state != FB_LIVE)
		loop_timer_set(worker->proven_timer, time_to_prove(worker));
	else if (state != FB_LIVE)
		loop_timer_stop(worker->proven_timer);
	if (state == FB_ENDED)
		worker->ended = true;
}
