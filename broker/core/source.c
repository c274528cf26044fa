/* source.c: the life of a source's worker: started when it is due, stopped when it is not, and started again after it
 * died. */
#include "core/source.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "core/source_report.h"
#include "core/source_streams.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define SILENCE_NS (10 * NS_PER_SECOND) /* a worker that reports nothing for so long is stuck */
#define STOP_NS (2 * NS_PER_SECOND)     /* what it has to finish in order, or to end once it has disconnected */
#define STEADY_NS (60 * NS_PER_SECOND)

static void on_timer(void *context);
static void on_linger(void *context);
static void on_steady(void *context);

int source_create(struct source_host *host, unsigned id, const struct config_source *config, struct source **ret_source)
{
	struct source *source = calloc(1, sizeof *source);
	if (!source)
		return error_set(ENOMEM, "no memory for source %s", config->name);
	*source = (struct source){.host = host, .id = id, .socket = -1, .state = FB_IDLE};
	source->config = config_source_copy(config);
	while (source->config->output_count)
		config_source_remove_output(source->config, source->config->outputs[0].name);
	source->live = source_seems_live(config);
	worker_log_init(&source->log, host->loop, "source", config->name);
	int err = loop_timer_create(host->loop, on_timer, source, &source->timer);
	if (!err)
		err = loop_timer_create(host->loop, on_linger, source, &source->linger);
	if (!err)
		err = loop_timer_create(host->loop, on_steady, source, &source->steady);
	if (err) {
		source_destroy(source);
		return err;
	}
	*ret_source = source;
	return 0;
}

void source_destroy(struct source *source)
{
	if (!source)
		return;
	loop_timer_destroy(source->timer);
	loop_timer_destroy(source->linger);
	loop_timer_destroy(source->steady);
	worker_log_close(&source->log);
	fd_close(&source->socket);
	source_clear_error(source);
	json_decref(source->statistics);
	config_source_free(source->config);
	free(source);
}

static void wait_for_next(struct source *source)
{
	source->phase = SOURCE_WAITING;
	loop_timer_set(source->timer, backoff_next(&source->backoff, arc4random()));
}

/* The socket pair and the pipe of a new worker, whose ends the keeper hands on. */
static int spawn(struct source *source)
{
	FD_AUTO error_fd = -1;
	int pair[2];
	int err = worker_log_open(&source->log, &error_fd);
	if (err)
		return err;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(errno, "a socket for the worker");
	FD_AUTO theirs = pair[1];
	source->socket = pair[0];
	return keeper_link_spawn(source->host->keeper, KEEPER_SOURCE, source->id, source->config->name, theirs,
				 error_fd);
}

static void start(struct source *source)
{
	source->again = false;
	if (source->host->stopping || source->leaving)
		return;
	source->ended = false;
	source->phase = SOURCE_RUNNING;
	source_clear_error(source);
	source_set_state(source, FB_CONNECTING);
	loop_timer_set(source->timer, SILENCE_NS);
	if (spawn(source) < 0)
		source_failed(source, error_text());
}

static bool due(const struct source *source)
{
	return !source->config->on_demand || source_wanted(source);
}

void source_begin(struct source *source)
{
	if (source->phase == SOURCE_IDLE && due(source))
		start(source);
}

static void go_idle(struct source *source)
{
	source->phase = SOURCE_IDLE;
	loop_timer_stop(source->timer);
	loop_timer_stop(source->linger);
	loop_timer_stop(source->steady);
	if (!source->ended)
		source_set_state(source, FB_IDLE);
	source->host->idle(source->host->context);
}

static void stop_worker(struct source *source)
{
	source->phase = SOURCE_STOPPING;
	loop_timer_set(source->timer, STOP_NS);
	if (source->pid)
		control_worker_stop(source->host->control, source->id);
}

void source_stop(struct source *source)
{
	source->again = false;
	if (source->phase == SOURCE_RUNNING)
		stop_worker(source);
	else if (source->phase != SOURCE_STOPPING)
		go_idle(source);
}

void source_restart(struct source *source)
{
	backoff_reset(&source->backoff);
	source->again = true;
	if (source->phase == SOURCE_RUNNING) {
		stop_worker(source);
	} else if (source->phase != SOURCE_STOPPING) {
		loop_timer_stop(source->timer);
		source->phase = SOURCE_IDLE;
		source->ended = false;
		source_set_state(source, FB_IDLE);
		source_begin(source);
	}
}

void source_started(struct source *source, pid_t pid)
{
	source->pid = pid;
	int err = control_adopt_worker(source->host->control, fd_take(&source->socket), source->id, pid);
	source->connected = !err;
	if (err) {
		log_error(source->log.topic, "%s", error_text());
		keeper_link_kill(source->host->keeper, source->id);
	} else if (source->phase == SOURCE_STOPPING) {
		control_worker_stop(source->host->control, source->id);
	}
}

/* Where a worker has stopped as it should: the next one, or none. */
static void go_on(struct source *source)
{
	source->phase = SOURCE_IDLE;
	if (source->again && due(source) && !source->leaving && !source->host->stopping)
		start(source);
	else
		go_idle(source);
}

/* What a worker leaves behind. */
static void clean_up(struct source *source)
{
	source->pid = 0;
	source->dead = false;
	fd_close(&source->socket);
	worker_log_close(&source->log);
	loop_timer_stop(source->steady);
}

void source_failed(struct source *source, const char *text)
{
	log_warning(source->log.topic, "the worker did not start: %s", text);
	source_set_error(source, text, "");
	clean_up(source);
	if (source->phase == SOURCE_STOPPING) {
		go_on(source);
		return;
	}
	source_set_state(source, FB_LOST);
	wait_for_next(source);
}

static void tell_death(struct source *source, int status)
{
	char text[128];
	if (WIFSIGNALED(status))
		snprintf(text, sizeof text, "the worker died of signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, sizeof text, "the worker ended with status %d", WEXITSTATUS(status));
	if (WIFSIGNALED(status) || !source->error.text)
		source_set_error(source, text, "it is started again; its last log lines may tell why");
	log_warning(source->log.topic, "%s", text);
	control_event(source->host->control, "died", "source", source->config->name, json_pack("{s:s}", "text", text));
}

static void crashed(struct source *source)
{
	source->ended = false;
	source->restarts++;
	tell_death(source, source->status);
	source_set_state(source, FB_LOST);
	wait_for_next(source);
}

/* The worker is gone, and all that it had to say has been heard. */
static void finish(struct source *source)
{
	bool finished = source->ended && WIFEXITED(source->status) && WEXITSTATUS(source->status) == 0;
	clean_up(source);
	if (!source->live && (finished || source->phase == SOURCE_STOPPING))
		source->epoch_ns = 0; /* a file's next pass begins at pts 0; after a crash time goes on */
	if (source->phase == SOURCE_STOPPING) {
		source->ended = finished;
		go_on(source);
	} else if (!finished) {
		crashed(source);
	} else if (!source->config->on_demand || source_pass_had_frames(source)) {
		source->again = source->config->on_demand; /* for a reader that came for the next pass */
		go_on(source);
	} else {
		wait_for_next(source); /* it would run in circles */
	}
}

void source_died(struct source *source, int status)
{
	source->dead = true;
	source->status = status;
	if (!source->connected)
		finish(source);
}

void source_disconnected(struct source *source)
{
	source->connected = false;
	if (source->dead)
		finish(source);
	else if (source->phase == SOURCE_RUNNING)
		loop_timer_set(source->timer, STOP_NS);
}

static void on_timer(void *context)
{
	struct source *source = context;
	if (source->phase == SOURCE_WAITING) {
		source->phase = SOURCE_IDLE;
		if (due(source))
			start(source);
		else
			go_idle(source);
		return;
	}
	if (source->phase == SOURCE_RUNNING)
		log_error(source->log.topic, "the worker (pid %d) is stuck or has lost its connection: it is killed",
			  (int)source->pid);
	else
		log_warning(source->log.topic, "the worker (pid %d) does not stop: it is killed", (int)source->pid);
	keeper_link_kill(source->host->keeper, source->id);
	loop_timer_set(source->timer, STOP_NS);
}

static void on_linger(void *context)
{
	struct source *source = context;
	if (source->config->on_demand && !source_wanted(source))
		source_stop(source);
}

static void on_steady(void *context)
{
	struct source *source = context;
	backoff_reset(&source->backoff);
}

void source_demand(struct source *source)
{
	if (!source->config->on_demand)
		return;
	if (!source_wanted(source)) {
		if (source->phase != SOURCE_IDLE)
			loop_timer_set(source->linger, source->config->linger_ns);
		return;
	}
	if (source->phase == SOURCE_STOPPING)
		source->again = true;
	else
		source_begin(source);
}

void source_heard(struct source *source, enum fb_state state)
{
	if (source->phase != SOURCE_RUNNING)
		return;
	loop_timer_set(source->timer, SILENCE_NS);
	if (state == FB_LIVE && source->state != FB_LIVE)
		loop_timer_set(source->steady, STEADY_NS);
	else if (state != FB_LIVE)
		loop_timer_stop(source->steady);
	if (state == FB_ENDED)
		source->ended = true;
}
