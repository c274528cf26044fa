/* wake.c: futex and semaphore calls. Both words lie in memory that others can write, so nothing here trusts a count,
 * and every sleep ends by itself. */
#include "ring/wake.h"
#include "base/clock.h"
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FRAME_SLICE_NS (100 * NS_PER_MS)
#define ROOM_SLICE_NS (50 * NS_PER_MS)
#define DRAIN_MAX 64

static int64_t slice_ns(int64_t deadline_ns, int64_t longest_ns)
{
	int64_t left_ns = clock_left_ns(deadline_ns);
	return left_ns < longest_ns ? left_ns : longest_ns;
}

void ring_wake_wait(_Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns)
{
	struct timespec slice = clock_timespec(slice_ns(deadline_ns, FRAME_SLICE_NS));
	syscall(SYS_futex, word, FUTEX_WAIT, seen, &slice, NULL, 0);
}

void ring_wake_all(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void ring_room_init(struct ring_room *room)
{
	sem_init(&room->room, 1, 0);
	room->sem_size = sizeof(sem_t);
	room->magic = RING_MAGIC;
}

void ring_room_post(struct ring_room *room)
{
	if (room->sem_size == sizeof(sem_t))
		sem_post(&room->room);
}

void ring_room_wait(struct ring_room *room, int64_t deadline_ns)
{
	struct timespec until = clock_timespec(clock_monotonic_ns() + slice_ns(deadline_ns, ROOM_SLICE_NS));
	sem_clockwait(&room->room, CLOCK_MONOTONIC, &until);
}

void ring_room_drain(struct ring_room *room)
{
	for (int i = 0; i < DRAIN_MAX && sem_trywait(&room->room) == 0; i++)
		continue;
}
