/* report.c: the reporting thread. It also ends the process when the demuxing thread hangs where FFmpeg cannot
 * interrupt. */
#include "source/report.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/meter.h"
#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_NS NS_PER_SECOND
#define STALL_NS (2 * NS_PER_SECOND)
#define STALL_FRAMES 5
#define HANG_NS (2 * NS_PER_SECOND) /* how long after its limit a step counts as hanging */

struct report {
	fb_broker *broker;
	struct watch *watch;
	const char *topic;
	pthread_t thread;
	pthread_mutex_t lock; /* of everything up to the counters */
	pthread_cond_t wake;
	bool changed, finished;
	enum fb_state state;
	struct media_error error;   /* of the source; text "": none */
	struct media_error problem; /* of an output */
	char note[200];
	bool live;
	int64_t frame_interval_ns;
	_Atomic int64_t epoch_ns, last_frame_ns;
	_Atomic bool flowing; /* state is FB_LIVE: frames need no lock */
	_Atomic uint64_t packets, bytes, decode_errors, dropped, frames;
	struct meter rate; /* of frames; the thread's own, as is */
	int64_t sampled_ns;
};

static enum fb_state state_to_tell(const struct report *report)
{
	int64_t limit_ns = report->frame_interval_ns * STALL_FRAMES;
	if (limit_ns < STALL_NS)
		limit_ns = STALL_NS;
	bool stalled = report->state == FB_LIVE && report->live &&
		       clock_monotonic_ns() - atomic_load(&report->last_frame_ns) > limit_ns;
	return stalled ? FB_STALLED : report->state;
}

static void sample_rate(struct report *report)
{
	int64_t now_ns = clock_monotonic_ns();
	if (now_ns - report->sampled_ns < INTERVAL_NS * 9 / 10)
		return;
	meter_sample(&report->rate, now_ns, atomic_load(&report->frames));
	report->sampled_ns = now_ns;
}

static json_t *count_of(_Atomic uint64_t *counter)
{
	return json_integer((json_int_t)atomic_load(counter));
}

static void tell(struct report *report)
{
	sample_rate(report);
	json_t *statistics = json_pack("{s:f, s:o, s:o, s:o, s:o, s:o}", "fps", meter_rate(&report->rate), "frames",
				       count_of(&report->frames), "packets", count_of(&report->packets), "bytes",
				       count_of(&report->bytes), "decode_errors", count_of(&report->decode_errors),
				       "dropped", count_of(&report->dropped));
	pthread_mutex_lock(&report->lock);
	enum fb_state state = state_to_tell(report);
	const struct media_error *wrong = report->error.text[0] ? &report->error : &report->problem;
	json_t *root = json_pack("{s:s?, s:s?, s:b, s:I, s:o?}", "error", wrong->text[0] ? wrong->text : NULL, "mend",
				 wrong->text[0] ? wrong->mend : NULL, "live", report->live, "epoch_ns",
				 (json_int_t)atomic_load(&report->epoch_ns), "statistics", statistics);
	report->changed = false;
	pthread_mutex_unlock(&report->lock);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	if (text)
		fb_worker_report(report->broker, state, text);
	free(text);
	json_decref(root);
}

static void end_when_hanging(struct report *report)
{
	if (!watch_overdue(report->watch, HANG_NS) || watch_expired(report->watch))
		return;
	struct media_error error;
	error_say(&error, "check address, network and device; the worker starts anew",
		  "timed out in a call that cannot be interrupted");
	report_state(report, FB_LOST, &error);
	tell(report);
	_exit(EXIT_FAILURE);
}

static void *report_thread(void *opaque)
{
	struct report *report = opaque;
	bool finished = false;
	while (!finished) {
		struct timespec until = clock_timespec(clock_deadline(INTERVAL_NS));
		pthread_mutex_lock(&report->lock);
		while (!report->changed && !report->finished &&
		       pthread_cond_clockwait(&report->wake, &report->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
			;
		finished = report->finished;
		pthread_mutex_unlock(&report->lock);
		tell(report);
		if (!finished)
			end_when_hanging(report);
	}
	return NULL;
}

int report_create(fb_broker *broker, struct watch *watch, const char *topic, struct report **ret_report)
{
	struct report *report = calloc(1, sizeof *report);
	if (!report)
		return error_set(ENOMEM, "out of memory");
	report->broker = broker;
	report->watch = watch;
	report->topic = topic;
	report->state = FB_CONNECTING;
	report->changed = true; /* say so at once */
	pthread_mutex_init(&report->lock, NULL);
	pthread_cond_init(&report->wake, NULL);
	int r = pthread_create(&report->thread, NULL, report_thread, report);
	if (r != 0) {
		free(report);
		return error_set_errno(r, "cannot start the reporting thread");
	}
	*ret_report = report;
	return 0;
}

void report_destroy(struct report *report)
{
	if (!report)
		return;
	pthread_mutex_lock(&report->lock);
	report->finished = true;
	pthread_cond_signal(&report->wake);
	pthread_mutex_unlock(&report->lock);
	pthread_join(report->thread, NULL);
	pthread_cond_destroy(&report->wake);
	pthread_mutex_destroy(&report->lock);
	free(report);
}

static void set_error(struct report *report, struct media_error *now, const struct media_error *error)
{
	static const struct media_error none;
	if (strcmp(now->text, error ? error->text : "") == 0)
		return;
	if (error)
		log_warning(report->topic, "%s%s%s", error->text, error->mend[0] ? "; " : "", error->mend);
	*now = error ? *error : none;
	report->changed = true;
	pthread_cond_signal(&report->wake);
}

void report_state(struct report *report, enum fb_state state, const struct media_error *error)
{
	pthread_mutex_lock(&report->lock);
	report->changed = report->changed || report->state != state;
	report->state = state;
	atomic_store(&report->flowing, state == FB_LIVE);
	set_error(report, &report->error, error);
	pthread_cond_signal(&report->wake);
	pthread_mutex_unlock(&report->lock);
}

void report_problem(struct report *report, const struct media_error *error)
{
	pthread_mutex_lock(&report->lock);
	set_error(report, &report->problem, error);
	pthread_mutex_unlock(&report->lock);
}

void report_note(struct report *report, const char *format, ...)
{
	char note[sizeof report->note];
	va_list args;
	va_start(args, format);
	vsnprintf(note, sizeof note, format, args);
	va_end(args);
	pthread_mutex_lock(&report->lock);
	if (strcmp(report->note, note) != 0)
		log_info(report->topic, "%s", note);
	memcpy(report->note, note, sizeof note);
	pthread_mutex_unlock(&report->lock);
}

void report_connection(struct report *report, bool live, int64_t frame_interval_ns)
{
	pthread_mutex_lock(&report->lock);
	report->live = live;
	report->frame_interval_ns = frame_interval_ns;
	pthread_mutex_unlock(&report->lock);
}

void report_epoch(struct report *report, int64_t epoch_ns)
{
	atomic_store(&report->epoch_ns, epoch_ns);
}

void report_packet(struct report *report, int size)
{
	atomic_fetch_add(&report->packets, 1);
	atomic_fetch_add(&report->bytes, (uint64_t)size);
}

void report_decode_error(struct report *report)
{
	atomic_fetch_add(&report->decode_errors, 1);
}

void report_dropped(struct report *report)
{
	atomic_fetch_add(&report->dropped, 1);
}

void report_decoded(struct report *report, bool main_media)
{
	if (main_media)
		atomic_fetch_add(&report->frames, 1);
}

void report_published(struct report *report, bool main_media)
{
	if (!main_media)
		return;
	atomic_store(&report->last_frame_ns, clock_monotonic_ns());
	if (!atomic_load(&report->flowing))
		report_state(report, FB_LIVE, NULL);
}
