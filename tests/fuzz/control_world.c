/* control_world.c: see the header. */
#include "fuzz/control_world.h"
#include "base/clock.h"
#include "base/error.h"
#include "clients/identity.h"
#include "fuzz/input.h"
#include "memory/available.h"
#include "memory/reserve.h"
#include <errno.h>
#include <unistd.h>

struct control_world world;

/* ---- base/clock.h ---- */

int64_t clock_monotonic_ns(void)
{
	return world.now_ns;
}

int64_t clock_utc_ns(void)
{
	return world.now_ns;
}

int64_t clock_deadline(int64_t timeout_ns)
{
	int64_t deadline_ns;
	if (timeout_ns < 0 || __builtin_add_overflow(world.now_ns, timeout_ns, &deadline_ns))
		return DEADLINE_NEVER;
	return deadline_ns;
}

int64_t clock_left_ns(int64_t deadline_ns)
{
	if (deadline_ns == DEADLINE_NEVER)
		return INT64_MAX;
	return deadline_ns > world.now_ns ? deadline_ns - world.now_ns : 0;
}

/* The loop is about to wait: the time has come at once. */
int clock_left_ms(int64_t deadline_ns)
{
	if (deadline_ns != DEADLINE_NEVER && deadline_ns > world.now_ns)
		world.now_ns = deadline_ns;
	return 0;
}

struct timespec clock_timespec(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
}

/* ---- clients/identity.h ---- */

int identity_of_peer(int socket, pid_t *ret_pid, uid_t *ret_uid, gid_t **ret_groups, size_t *ret_group_count)
{
	(void)socket;
	gid_t *groups = malloc(sizeof *groups);
	FUZZ_CHECK(groups);
	*groups = world.uid;
	*ret_pid = 4711;
	*ret_uid = world.uid;
	*ret_groups = groups;
	*ret_group_count = 1;
	return 0;
}

void identity_command(pid_t pid, char *buffer, size_t size)
{
	snprintf(buffer, size, "program %d", (int)pid);
}

/* ---- memory/available.h ---- */

uint64_t available_memory(void)
{
	return world.free_bytes;
}

uint64_t available_shm(void)
{
	return world.free_bytes;
}

int available_check(const struct available_need *need)
{
	if (need->bytes > world.free_bytes || need->used + need->bytes > need->limit)
		return error_set(ENOSPC, "stream %s: no room", need->stream);
	return 0;
}

/* ---- memory/reserve.h: done in the loop's next turn ---- */

struct reserve {
	struct loop_timer *timer;
	reserve_done_fn *done;
	void *context;
};

static void on_done(void *context)
{
	struct reserve *reserve = context;
	reserve_done_fn *done = reserve->done;
	void *done_context = reserve->context;
	reserve_cancel(reserve);
	done(done_context, world.reserve_error);
}

int reserve_start(struct loop *loop, const int *fds, const uint64_t *bytes, size_t count, reserve_done_fn *done,
		  void *context, struct reserve **ret_reserve)
{
	(void)fds;
	(void)bytes;
	(void)count;
	struct reserve *reserve = calloc(1, sizeof *reserve);
	FUZZ_CHECK(reserve);
	*reserve = (struct reserve){.done = done, .context = context};
	FUZZ_CHECK(loop_timer_create(loop, on_done, reserve, &reserve->timer) == 0);
	loop_timer_set(reserve->timer, 0);
	*ret_reserve = reserve;
	return 0;
}

void reserve_cancel(struct reserve *reserve)
{
	if (!reserve)
		return;
	loop_timer_destroy(reserve->timer);
	free(reserve);
}
