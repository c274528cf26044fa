/* wake.c: futex calls. The words lie in memory that others can write: whatever they write there, a sleep ends by
 * itself. (A sem_t would not do: its words tell glibc which futex operation to call, and what is none aborts.) */
#include "ring/wake.h"
#include "base/clock.h"
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FRAME_SLICE_NS (100 * NS_PER_MS)
#define ROOM_SLICE_NS (50 * NS_PER_MS)

static int64_t slice_ns(int64_t deadline_ns, int64_t longest_ns)
{
	int64_t left_ns = clock_left_ns(deadline_ns);
	return left_ns < longest_ns ? left_ns : longest_ns;
}

static void wait_slice(_Atomic uint32_t *word, uint32_t seen, int64_t ns)
{
	struct timespec slice = clock_timespec(ns);
	syscall(SYS_futex, word, FUTEX_WAIT, seen, &slice, NULL, 0);
}

void ring_wake_wait(_Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns)
{
	wait_slice(word, seen, slice_ns(deadline_ns, FRAME_SLICE_NS));
}

void ring_wake_all(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

uint32_t ring_room_posts(const struct ring_room *room)
{
	/* acquire: pairs with the release in ring_room_post(): who sees the post sees the room */
	return atomic_load_explicit(&room->posts, memory_order_acquire);
}

void ring_room_post(struct ring_room *room)
{
	atomic_fetch_add_explicit(&room->posts, 1, memory_order_release);
	ring_wake_all(&room->posts);
}

void ring_room_wait(struct ring_room *room, uint32_t posts, int64_t deadline_ns)
{
	wait_slice(&room->posts, posts, slice_ns(deadline_ns, ROOM_SLICE_NS));
}
