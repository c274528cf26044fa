/* client_world.c: see the header. */
#include "fuzz/client_world.h"
#include "base/clock.h"
#include "ring/wake.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>

#define STEP_NS (20 * 1000) /* each look at the clock takes so long, so that no loop that looks at it is endless */
#define FOR_EVER_NS (3600 * NS_PER_SECOND)

int64_t client_world_now_ns;

static void sleep_until(int64_t deadline_ns)
{
	if (!client_world_act() && deadline_ns > client_world_now_ns)
		client_world_now_ns = deadline_ns;
}

static void sleep_for(int64_t longest_ns, int64_t deadline_ns)
{
	int64_t end_ns = client_world_now_ns + longest_ns;
	sleep_until(end_ns < deadline_ns ? end_ns : deadline_ns);
}

/* ---- base/clock.h ---- */

int64_t clock_monotonic_ns(void)
{
	return client_world_now_ns += STEP_NS;
}

int64_t clock_utc_ns(void)
{
	return client_world_now_ns;
}

int64_t clock_deadline(int64_t timeout_ns)
{
	int64_t deadline_ns;
	if (timeout_ns < 0 || __builtin_add_overflow(clock_monotonic_ns(), timeout_ns, &deadline_ns))
		return DEADLINE_NEVER;
	return deadline_ns;
}

int64_t clock_left_ns(int64_t deadline_ns)
{
	if (deadline_ns == DEADLINE_NEVER)
		return INT64_MAX;
	int64_t left_ns = deadline_ns - clock_monotonic_ns();
	return left_ns > 0 ? left_ns : 0;
}

int clock_left_ms(int64_t deadline_ns)
{
	int64_t left_ms = clock_left_ns(deadline_ns) / NS_PER_MS;
	return left_ms < INT32_MAX ? (int)left_ms + 1 : -1;
}

struct timespec clock_timespec(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
}

/* ---- ring/wake.h ---- */

void ring_wake_wait(_Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns)
{
	if (*word == seen)
		sleep_for(100 * NS_PER_MS, deadline_ns);
}

void ring_wake_all(_Atomic uint32_t *word)
{
	(void)word;
}

uint32_t ring_room_posts(const struct ring_room *room)
{
	return room->posts;
}

void ring_room_post(struct ring_room *room)
{
	room->posts++;
}

void ring_room_wait(struct ring_room *room, uint32_t posts, int64_t deadline_ns)
{
	if (room->posts == posts)
		sleep_for(50 * NS_PER_MS, deadline_ns);
}

/* ---- libc ---- */

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec *remain);
int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
				  const struct timespec *until);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	int ready = __real_poll(fds, count, 0);
	if (ready != 0 || timeout_ms == 0)
		return ready;
	sleep_until(client_world_now_ns + (timeout_ms < 0 ? FOR_EVER_NS : timeout_ms * NS_PER_MS));
	return __real_poll(fds, count, 0);
}

int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec *remain)
{
	(void)clock;
	(void)remain;
	int64_t ns = request->tv_sec * NS_PER_SECOND + request->tv_nsec;
	sleep_until(flags & TIMER_ABSTIME ? ns : client_world_now_ns + ns);
	return 0;
}

/* There is one thread: nobody signals. */
int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
				  const struct timespec *until)
{
	(void)condition;
	(void)mutex;
	(void)clock;
	sleep_until(until->tv_sec * NS_PER_SECOND + until->tv_nsec);
	return ETIMEDOUT;
}
