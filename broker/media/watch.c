/* watch.c: one deadline, checked wherever somebody waits. */
#include "media/watch.h"
#include "api/worker.h"
#include "base/clock.h"

#define SLICE_NS (50 * NS_PER_MS)

void watch_init(struct watch *watch, fb_broker *broker)
{
	watch->broker = broker;
	atomic_init(&watch->expired, false);
	atomic_init(&watch->deadline_ns, clock_deadline(WATCH_WORK_NS));
	watch->grace_ns = 0;
	atomic_init(&watch->stop_seen_ns, 0);
}

void watch_grace(struct watch *watch, int64_t grace_ns)
{
	watch->grace_ns = grace_ns;
}

void watch_begin(struct watch *watch, int64_t timeout_ns)
{
	atomic_store(&watch->expired, false);
	atomic_store(&watch->deadline_ns, clock_deadline(timeout_ns));
}

bool watch_expired(const struct watch *watch)
{
	return atomic_load(&watch->expired);
}

bool watch_overdue(const struct watch *watch, int64_t late_ns)
{
	int64_t deadline_ns = atomic_load(&watch->deadline_ns);
	return deadline_ns < DEADLINE_NEVER - late_ns && clock_monotonic_ns() > deadline_ns + late_ns;
}

bool watch_stopping(const struct watch *watch)
{
	return fb_worker_stopping(watch->broker);
}

/* Whether the worker is to stop and has had its time for that. */
static bool is_over(struct watch *watch)
{
	if (!watch_stopping(watch))
		return false;
	int64_t now_ns = clock_monotonic_ns(), unseen = 0;
	atomic_compare_exchange_strong(&watch->stop_seen_ns, &unseen, now_ns);
	return now_ns - atomic_load(&watch->stop_seen_ns) >= watch->grace_ns;
}

int watch_interrupt(void *opaque)
{
	struct watch *watch = opaque;
	if (watch_overdue(watch, 0))
		atomic_store(&watch->expired, true);
	return watch_expired(watch) || is_over(watch);
}

bool watch_sleep_until(struct watch *watch, int64_t until_ns)
{
	for (;;) {
		if (watch_stopping(watch))
			return false;
		int64_t now_ns = clock_monotonic_ns();
		if (now_ns >= until_ns)
			return true;
		watch_begin(watch, WATCH_WORK_NS);
		int64_t slice_ns = until_ns - now_ns < SLICE_NS ? until_ns - now_ns : SLICE_NS;
		struct timespec end = clock_timespec(now_ns + slice_ns);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
	}
}
