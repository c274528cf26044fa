/* pump.c: waits on the ring for a program that waits on descriptors. The thread writes an eventfd when a frame (or the
 * end, or news of the stream) is there, then rests until the reader has read. */
#include "api/pump.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_NS (100 * NS_PER_MS) /* how often it looks whether it should stop */

struct pump {
	struct fb_reader *reader;
	uint32_t forks;
	int event;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool signalled, stop;
	struct attachment *attachment; /* what the thread looks at now; a forked child lets it go */
	struct place *place;
};

/* Forgotten first: another thread may fork at any step here, and a reference that its child never lets go is memory
 * that stays, one that it lets go a second time is freed under its reader. */
static void let_go(struct pump *pump)
{
	struct attachment *attachment = pump->attachment;
	struct place *place = pump->place;
	pump->attachment = NULL;
	pump->place = NULL;
	attachment_unref(attachment);
	place_unref(place);
}

/* Something for the reader to do? Waits one look for it. Without a generation, the stream's news are it. */
static bool wait_for_frame(struct pump *pump)
{
	struct fb_reader *reader = pump->reader;
	pthread_mutex_lock(&reader->attach_lock);
	pump->attachment = reader->attachment ? attachment_ref(reader->attachment) : NULL;
	pump->place = reader->place ? place_ref(reader->place) : NULL;
	pthread_mutex_unlock(&reader->attach_lock);

	struct place *place = pump->place;
	int64_t deadline = clock_deadline(LOOK_NS);
	bool ready = true;
	if (pump->attachment) {
		ready = ring_reader_wait_ready(pump->attachment->ring, deadline) ||
			link_poll(place->broker, place->session) < 0;
	} else if (place) {
		ready = link_wait(place->broker, place->session, &reader->news, deadline) != -ETIMEDOUT;
	} else { /* the reader has to connect again, but not all the time */
		struct timespec until = clock_timespec(deadline);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
	let_go(pump);
	return ready;
}

/* A frame, the end, or a generation to leave. */
static bool more_to_read(struct fb_reader *reader)
{
	if (reader->ended)
		return true; /* as a file's end is readable */
	return reader->attachment && ring_reader_ready(reader->attachment->ring);
}

static void signal_reader(struct pump *pump)
{
	pump->signalled = true;
	eventfd_write(pump->event, 1);
}

static void *run(void *context)
{
	struct pump *pump = context;
	pthread_mutex_lock(&pump->lock);
	while (!pump->stop) {
		if (pump->signalled) {
			pthread_cond_wait(&pump->changed, &pump->lock);
			continue;
		}
		pthread_mutex_unlock(&pump->lock);
		bool ready = wait_for_frame(pump);
		pthread_mutex_lock(&pump->lock);
		if (ready)
			signal_reader(pump);
	}
	pthread_mutex_unlock(&pump->lock);
	return NULL;
}

int pump_start(struct fb_reader *reader, struct pump **ret_pump)
{
	struct pump *pump = calloc(1, sizeof *pump);
	if (!pump)
		return error_set(ENOMEM, "no memory for a reader's descriptor");
	pump->reader = reader;
	pump->forks = fork_count();
	pump->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&pump->lock, NULL);
	pthread_cond_init(&pump->changed, NULL);
	int err = pump->event < 0 ? errno : 0;
	if (!err && more_to_read(reader))
		signal_reader(pump);

	sigset_t all, before; /* signals are for the program's own threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!err)
		err = pthread_create(&pump->thread, NULL, run, pump);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		fd_close(&pump->event);
		free(pump);
		return error_set_errno(err, "a descriptor for the reader of %s", reader->stream);
	}
	*ret_pump = pump;
	return 0;
}

void pump_stop(struct pump *pump)
{
	if (!pump)
		return;
	if (pump->forks == fork_count()) {
		pthread_mutex_lock(&pump->lock);
		pump->stop = true;
		pthread_cond_signal(&pump->changed);
		pthread_mutex_unlock(&pump->lock);
		pthread_join(pump->thread, NULL);
		pthread_mutex_destroy(&pump->lock);
		pthread_cond_destroy(&pump->changed);
	}
	let_go(pump);
	fd_close(&pump->event);
	free(pump);
}

int pump_fd(const struct pump *pump)
{
	return pump->event;
}

void pump_settle(struct pump *pump, struct fb_reader *reader)
{
	if (!pump || more_to_read(reader))
		return;
	pthread_mutex_lock(&pump->lock);
	if (pump->signalled) {
		eventfd_t count;
		eventfd_read(pump->event, &count);
		pump->signalled = false;
		pthread_cond_signal(&pump->changed);
	}
	pthread_mutex_unlock(&pump->lock);
}
