/* report.c: what a source tells in its reports. */
#include "source/report.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/meter.h"
#include "worker/reporter.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALL_NS (2 * NS_PER_SECOND)
#define STALL_FRAMES 5

enum { PROBLEM_OF_OUTPUT = 1 };

struct report {
	struct reporter *reporter;
	const char *topic;
	char note[200]; /* with what follows under the reporter's lock, up to the counters */
	bool live;
	int64_t frame_interval_ns;
	_Atomic int64_t epoch_ns, last_frame_ns;
	_Atomic bool flowing; /* state is FB_LIVE: frames need no lock */
	_Atomic uint64_t packets, bytes, decode_errors, dropped, frames;
	struct meter rate; /* of frames; the reporting thread's own */
};

static enum fb_state judge(void *context, enum fb_state state)
{
	const struct report *report = context;
	int64_t limit_ns = report->frame_interval_ns * STALL_FRAMES;
	if (limit_ns < STALL_NS)
		limit_ns = STALL_NS;
	bool stalled = state == FB_LIVE && report->live &&
		       clock_monotonic_ns() - atomic_load(&report->last_frame_ns) > limit_ns;
	return stalled ? FB_STALLED : state;
}

static void sample(void *context, int64_t now_ns)
{
	struct report *report = context;
	meter_sample(&report->rate, now_ns, atomic_load(&report->frames));
}

static json_t *count_of(_Atomic uint64_t *counter)
{
	return json_integer((json_int_t)atomic_load(counter));
}

static json_t *describe(void *context)
{
	struct report *report = context;
	json_t *statistics = json_pack("{s:f, s:o, s:o, s:o, s:o, s:o}", "fps", meter_rate(&report->rate), "frames",
				       count_of(&report->frames), "packets", count_of(&report->packets), "bytes",
				       count_of(&report->bytes), "decode_errors", count_of(&report->decode_errors),
				       "dropped", count_of(&report->dropped));
	return json_pack("{s:b, s:I, s:o?}", "live", report->live, "epoch_ns",
			 (json_int_t)atomic_load(&report->epoch_ns), "statistics", statistics);
}

static const struct reporter_kind reports = {.state = FB_CONNECTING,
					     .mend = "check address, network and device; the worker starts anew",
					     .judge = judge,
					     .sample = sample,
					     .describe = describe};

int report_create(fb_broker *broker, struct watch *watch, const char *topic, struct report **ret_report)
{
	struct report *report = calloc(1, sizeof *report);
	if (report)
		report->topic = topic;
	int r = report ? reporter_create(&reports, broker, watch, topic, report, &report->reporter)
		       : error_set(ENOMEM, "out of memory");
	if (r < 0)
		free(report);
	else
		*ret_report = report;
	return r;
}

void report_destroy(struct report *report)
{
	if (!report)
		return;
	reporter_destroy(report->reporter);
	free(report);
}

void report_state(struct report *report, enum fb_state state, const struct media_error *error)
{
	atomic_store(&report->flowing, state == FB_LIVE);
	reporter_state(report->reporter, state, error);
}

void report_problem(struct report *report, const struct media_error *error)
{
	reporter_problem(report->reporter, PROBLEM_OF_OUTPUT, error);
}

void report_note(struct report *report, const char *format, ...)
{
	char note[sizeof report->note];
	va_list args;
	va_start(args, format);
	vsnprintf(note, sizeof note, format, args);
	va_end(args);
	reporter_lock(report->reporter);
	if (strcmp(report->note, note) != 0)
		log_info(report->topic, "%s", note);
	memcpy(report->note, note, sizeof note);
	reporter_unlock(report->reporter);
}

void report_connection(struct report *report, bool live, int64_t frame_interval_ns)
{
	reporter_lock(report->reporter);
	report->live = live;
	report->frame_interval_ns = frame_interval_ns;
	reporter_unlock(report->reporter);
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
