/* host.c: one lock around the timeline. */
#include "sink/host.h"
#include "api/worker.h"
#include "base/clock.h"

#define SLICE_NS (50 * NS_PER_MS)

bool host_stopping(const struct host *host)
{
	return fb_worker_stopping(host->broker);
}

int64_t host_place(struct host *host, struct timeline_track *track, const struct timeline_frame *frame,
		   int64_t *ret_late_ns)
{
	int64_t now_ns = clock_monotonic_ns();
	pthread_mutex_lock(&host->lock);
	int64_t place_ns = timeline_place(&host->timeline, track, frame, now_ns);
	*ret_late_ns = timeline_position(&host->timeline, now_ns) - place_ns;
	pthread_mutex_unlock(&host->lock);
	return place_ns;
}

void host_start(struct host *host)
{
	pthread_mutex_lock(&host->lock);
	timeline_start(&host->timeline, clock_monotonic_ns());
	pthread_mutex_unlock(&host->lock);
}

int64_t host_position(struct host *host)
{
	pthread_mutex_lock(&host->lock);
	int64_t position_ns = timeline_position(&host->timeline, clock_monotonic_ns());
	pthread_mutex_unlock(&host->lock);
	return position_ns;
}

int64_t host_start_ns(struct host *host)
{
	pthread_mutex_lock(&host->lock);
	int64_t start_ns = host->timeline.start_ns;
	pthread_mutex_unlock(&host->lock);
	return start_ns;
}

void host_sleep_until(const struct host *host, int64_t until_ns)
{
	for (int64_t now_ns; (now_ns = clock_monotonic_ns()) < until_ns && !host_stopping(host);) {
		struct timespec end = clock_timespec(until_ns - now_ns < SLICE_NS ? until_ns : now_ns + SLICE_NS);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
	}
}
