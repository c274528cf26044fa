/* core_fixture.c: takes the place of loop, keeper link and control. */
#include "core_fixture.h"
#include "clients/events.h"
#include "control/declared.h"
#include "control/workers.h"
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct asked asked;
struct worker_host host;

/* ---- the loop: only time ---- */

struct loop_timer {
	loop_timer_fn *call;
	void *context;
	int64_t due_ns; /* 0: not set */
	struct loop_timer *next;
};

static struct loop_timer *timers;
static int64_t now_ns = 1;

int loop_timer_create(struct loop *loop, loop_timer_fn *call, void *context, struct loop_timer **ret_timer)
{
	(void)loop;
	struct loop_timer *timer = calloc(1, sizeof *timer);
	*timer = (struct loop_timer){.call = call, .context = context, .next = timers};
	*ret_timer = timers = timer;
	return 0;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ns)
{
	timer->due_ns = now_ns + delay_ns;
}

void loop_timer_stop(struct loop_timer *timer)
{
	timer->due_ns = 0;
}

void loop_timer_destroy(struct loop_timer *timer)
{
	for (struct loop_timer **at = &timers; *at; at = &(*at)->next) {
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	}
	free(timer);
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn *call, void *context)
{
	(void)loop, (void)fd, (void)events, (void)call, (void)context;
	return 0;
}

void loop_unwatch(struct loop *loop, int fd)
{
	(void)loop, (void)fd;
}

static struct loop_timer *next_due(int64_t until_ns)
{
	struct loop_timer *first = NULL;
	for (struct loop_timer *timer = timers; timer; timer = timer->next)
		if (timer->due_ns && timer->due_ns <= until_ns && (!first || timer->due_ns < first->due_ns))
			first = timer;
	return first;
}

void pass_seconds(double seconds)
{
	int64_t until_ns = now_ns + (int64_t)(seconds * 1e9);
	for (struct loop_timer *timer; (timer = next_due(until_ns));) {
		now_ns = timer->due_ns;
		timer->due_ns = 0;
		timer->call(timer->context);
	}
	now_ns = until_ns;
}

/* ---- keeper and control: what they were asked ---- */

int keeper_link_spawn(struct keeper_link *link, enum keeper_program program, unsigned id, const char *name, int socket,
		      int error_fd)
{
	(void)link, (void)id, (void)name, (void)socket, (void)error_fd;
	asked.spawned++;
	asked.program = program;
	return asked.spawn_error;
}

int keeper_link_kill(struct keeper_link *link, unsigned id)
{
	(void)link, (void)id;
	asked.killed++;
	return 0;
}

int control_adopt_worker(struct control *control, int fd, unsigned worker, pid_t pid)
{
	(void)control, (void)worker, (void)pid;
	close(fd);
	return 0;
}

bool control_has_worker(const struct control *control, unsigned worker)
{
	(void)control, (void)worker;
	return !asked.unconnected;
}

void control_worker_stop(struct control *control, unsigned worker)
{
	(void)control, (void)worker;
	asked.stopped++;
}

void control_worker_job(struct control *control, unsigned worker, const char *text)
{
	(void)control, (void)worker, (void)text;
	asked.jobs++;
}

void control_stream_pool(struct control *control, const char *name, int max_writers, int64_t reorder_timeout_ns)
{
	(void)control, (void)name, (void)max_writers, (void)reorder_timeout_ns;
}

int control_stream_add(struct control *control, const char *name, const char *source, unsigned worker,
		       const struct config_output *output, bool live)
{
	(void)control, (void)source, (void)worker, (void)output, (void)live;
	asked.added++;
	return strcmp(name, "taken") ? 0 : -EEXIST;
}

void control_stream_remove(struct control *control, const char *name)
{
	(void)control, (void)name;
	asked.removed++;
}

void control_stream_change(struct control *control, const char *name, const struct config_output *output)
{
	(void)control, (void)name, (void)output;
	asked.changed++;
}

void control_stream_live(struct control *control, const char *name, bool live)
{
	(void)control, (void)name;
	asked.live = live;
}

void control_stream_state(struct control *control, const char *name, enum fb_state state)
{
	(void)control;
	if (!strcmp(name, "gate"))
		asked.state = state;
}

bool control_stream_wanted(const struct control *control, const char *name)
{
	(void)control, (void)name;
	return asked.wanted;
}

static bool has(const char *const names[4], const char *name)
{
	for (int i = 0; i < 4; i++)
		if (names[i] && !strcmp(names[i], name))
			return true;
	return false;
}

bool control_stream_exists(const struct control *control, const char *name)
{
	(void)control;
	return has(asked.exists, name);
}

bool control_stream_written(const struct control *control, const char *name)
{
	(void)control;
	return has(asked.written, name);
}

bool control_streams_related(const struct control *control, const char *a, const char *b)
{
	(void)control, (void)a, (void)b;
	return asked.related;
}

void control_event(struct control *control, const char *event, const char *kind, const char *name,
		   struct json_t *detail)
{
	(void)control, (void)kind, (void)name;
	strncpy(asked.event, event, sizeof asked.event - 1);
	json_decref(detail);
}

/* ---- for the tests ---- */

static void count_idle(void *context)
{
	(void)context;
	asked.idle++;
}

static void keep_nothing(void *context)
{
	(void)context;
}

void core_fixture_reset(void)
{
	assert_null(timers);
	asked = (struct asked){0};
	host = (struct worker_host){.idle = count_idle, .keep = keep_nothing};
}

void die(struct worker *worker, int status)
{
	worker_died(worker, status);
	worker_disconnected(worker);
}
