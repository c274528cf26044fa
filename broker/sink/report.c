/* report.c: the reporting thread. It also ends the process when the sending thread hangs where FFmpeg cannot interrupt.
 */
#include "sink/report.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/meter.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_NS NS_PER_SECOND
#define STALL_NS (2 * NS_PER_SECOND)
#define HANG_NS (2 * NS_PER_SECOND) /* how long after its limit a step counts as hanging */

struct report {
	fb_broker *broker;
	struct watch *watch;
	const char *topic;
	struct statistics statistics;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows, up to the meters */
	pthread_cond_t wake;
	bool changed, finished;
	enum fb_state state;
	struct media_error error[REPORT_COUNT];
	char file[PATH_MAX];
	struct meter frames, bytes; /* the thread's own, as is */
	int64_t measured_ns;
};

static enum fb_state state_to_tell(struct report *report)
{
	int64_t silent_ns = clock_monotonic_ns() - atomic_load(&report->statistics.input_ns);
	return report->state == FB_LIVE && silent_ns > STALL_NS ? FB_STALLED : report->state;
}

static const struct media_error *error_to_tell(const struct report *report)
{
	for (unsigned i = 0; i < REPORT_COUNT; i++)
		if (report->error[i].text[0])
			return &report->error[i];
	return NULL;
}

static void measure(struct report *report)
{
	int64_t now_ns = clock_monotonic_ns();
	if (now_ns - report->measured_ns < INTERVAL_NS * 9 / 10)
		return;
	report->measured_ns = now_ns;
	meter_sample(&report->frames, now_ns, atomic_load(&report->statistics.frames));
	meter_sample(&report->bytes, now_ns, atomic_load(&report->statistics.bytes));
}

static void tell(struct report *report)
{
	measure(report);
	pthread_mutex_lock(&report->lock);
	enum fb_state state = state_to_tell(report);
	const struct media_error *wrong = error_to_tell(report);
	json_t *statistics = statistics_json(&report->statistics, meter_rate(&report->frames),
					     8 * meter_rate(&report->bytes), report->file);
	json_t *root = json_pack("{s:s?, s:s?, s:o?}", "error", wrong ? wrong->text : NULL, "mend",
				 wrong ? wrong->mend : NULL, "statistics", statistics);
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
	error_say(&error, "check address, network and disk; the worker starts anew",
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
	report->state = FB_IDLE;
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

struct statistics *report_statistics(struct report *report)
{
	return &report->statistics;
}

/* Under the lock. */
static void set_error(struct report *report, enum report_of of, const struct media_error *error)
{
	static const struct media_error none;
	struct media_error *now = &report->error[of];
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
	set_error(report, REPORT_OUTPUT, error);
	pthread_cond_signal(&report->wake);
	pthread_mutex_unlock(&report->lock);
}

void report_problem(struct report *report, enum report_of of, const struct media_error *error)
{
	pthread_mutex_lock(&report->lock);
	set_error(report, of, error);
	pthread_mutex_unlock(&report->lock);
}

void report_file(struct report *report, const char *file)
{
	pthread_mutex_lock(&report->lock);
	snprintf(report->file, sizeof report->file, "%s", file);
	pthread_mutex_unlock(&report->lock);
}
