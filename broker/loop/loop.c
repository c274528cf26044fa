/* loop.c: epoll for descriptors, and a list of timers in the order in which they fall due. */
#include "loop/loop.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 64
#define PAUSE_NS (NS_PER_SECOND / 2) /* so much later than it wanted to be woken: the process was stopped */

struct watch { /* no call: the descriptor is not watched */
	loop_fd_fn *call;
	void *context;
	uint32_t id; /* tells a descriptor from one of the same number that was closed in the same round */
};

struct loop_timer {
	struct loop *loop;
	loop_timer_fn *call;
	void *context;
	int64_t deadline_ns;
	struct loop_timer *next; /* in loop->timers, while it is set */
};

struct loop {
	int epoll;
	bool stopped;
	struct watch *watches; /* by descriptor */
	size_t watch_count;
	uint32_t next_id;
	struct loop_timer *timers;
	loop_timer_fn *each_turn; /* NULL: none */
	void *each_turn_context;
};

int loop_create(struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof *loop);
	if (!loop)
		return error_set(ENOMEM, "no memory for the event loop");
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		int r = error_set_errno(errno, "cannot create the event loop");
		free(loop);
		return r;
	}
	*ret_loop = loop;
	return 0;
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll);
	free(loop->watches);
	free(loop);
}

static int make_room(struct loop *loop, int fd)
{
	if ((size_t)fd < loop->watch_count)
		return 0;
	size_t count = (size_t)fd * 2 + 16;
	struct watch *watches = realloc(loop->watches, count * sizeof *watches);
	if (!watches)
		return error_set(ENOMEM, "no memory to watch descriptor %d", fd);
	memset(watches + loop->watch_count, 0, (count - loop->watch_count) * sizeof *watches);
	loop->watches = watches;
	loop->watch_count = count;
	return 0;
}

static struct watch *find_watch(struct loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->watch_count || !loop->watches[fd].call)
		return NULL;
	return &loop->watches[fd];
}

static int control_epoll(struct loop *loop, int operation, int fd, uint32_t events, uint32_t id)
{
	struct epoll_event event = {.events = events, .data.u64 = (uint64_t)id << 32 | (uint32_t)fd};
	if (epoll_ctl(loop->epoll, operation, fd, &event) < 0)
		return error_set_errno(errno, "cannot watch descriptor %d", fd);
	return 0;
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn *call, void *context)
{
	int r = fd < 0 ? error_set(EBADF, "descriptor %d cannot be watched", fd) : make_room(loop, fd);
	if (r == 0)
		r = control_epoll(loop, EPOLL_CTL_ADD, fd, events, loop->next_id);
	if (r < 0)
		return r;
	loop->watches[fd] = (struct watch){.call = call, .context = context, .id = loop->next_id++};
	return 0;
}

int loop_rewatch(struct loop *loop, int fd, uint32_t events)
{
	struct watch *watch = find_watch(loop, fd);
	if (!watch)
		return error_set(ENOENT, "descriptor %d is not watched", fd);
	return control_epoll(loop, EPOLL_CTL_MOD, fd, events, watch->id);
}

void loop_unwatch(struct loop *loop, int fd)
{
	struct watch *watch = find_watch(loop, fd);
	if (!watch)
		return;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	watch->call = NULL;
}

int loop_timer_create(struct loop *loop, loop_timer_fn *call, void *context, struct loop_timer **ret_timer)
{
	struct loop_timer *timer = calloc(1, sizeof *timer);
	if (!timer)
		return error_set(ENOMEM, "no memory for a timer");
	*timer = (struct loop_timer){.loop = loop, .call = call, .context = context};
	*ret_timer = timer;
	return 0;
}

void loop_timer_stop(struct loop_timer *timer)
{
	for (struct loop_timer **at = &timer->loop->timers; *at; at = &(*at)->next) {
		if (*at == timer) {
			*at = timer->next;
			return;
		}
	}
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ns)
{
	loop_timer_stop(timer);
	timer->deadline_ns = clock_deadline(delay_ns > 0 ? delay_ns : 0);
	struct loop_timer **at = &timer->loop->timers;
	while (*at && (*at)->deadline_ns <= timer->deadline_ns)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
}

void loop_timer_destroy(struct loop_timer *timer)
{
	if (!timer)
		return;
	loop_timer_stop(timer);
	free(timer);
}

/* Time in which the process was stopped does not count: whoever has a time limit could not be heard in it, and was
 * perhaps stopped, too. */
static void forgive_pause(struct loop *loop, int64_t slept_ns)
{
	for (struct loop_timer *timer = loop->timers; timer; timer = timer->next)
		timer->deadline_ns += slept_ns;
}

static void run_timers(struct loop *loop, int64_t now_ns)
{
	while (!loop->stopped && loop->timers && loop->timers->deadline_ns <= now_ns) {
		struct loop_timer *timer = loop->timers;
		loop->timers = timer->next;
		timer->call(timer->context);
	}
}

static void run_event(struct loop *loop, const struct epoll_event *event)
{
	int fd = (int)(uint32_t)event->data.u64;
	struct watch *watch = find_watch(loop, fd);
	if (watch && watch->id == (uint32_t)(event->data.u64 >> 32))
		watch->call(watch->context, fd, event->events);
}

void loop_each_turn(struct loop *loop, loop_timer_fn *call, void *context)
{
	loop->each_turn = call;
	loop->each_turn_context = context;
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[EVENTS_MAX];
	loop->stopped = false;
	while (!loop->stopped) {
		if (loop->each_turn)
			loop->each_turn(loop->each_turn_context);
		int64_t begin_ns = clock_monotonic_ns();
		int64_t due_ns = loop->timers ? loop->timers->deadline_ns : DEADLINE_NEVER;
		int count = epoll_wait(loop->epoll, events, EVENTS_MAX, clock_left_ms(due_ns));
		if (count < 0 && errno != EINTR)
			return error_set_errno(errno, "cannot wait for events");
		int64_t end_ns = clock_monotonic_ns();
		if (end_ns - PAUSE_NS > due_ns && end_ns - PAUSE_NS > begin_ns)
			forgive_pause(loop, end_ns - begin_ns);
		for (int i = 0; i < count && !loop->stopped; i++)
			run_event(loop, &events[i]);
		run_timers(loop, begin_ns); /* of what fell due meanwhile, the descriptors have a say first */
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
