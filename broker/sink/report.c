/* report.c: what a sink tells in its reports. */
#include "sink/report.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/meter.h"
#include "worker/reporter.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define STALL_NS (2 * NS_PER_SECOND)

_Static_assert(REPORT_OUTPUT == 0 && REPORT_COUNT <= REPORTER_PROBLEMS, "problems of the reporter");

struct report {
	struct reporter *reporter;
	struct statistics statistics;
	char file[PATH_MAX];        /* under the reporter's lock */
	struct meter frames, bytes; /* the reporting thread's own */
};

static enum fb_state judge(void *context, enum fb_state state)
{
	struct report *report = context;
	int64_t silent_ns = clock_monotonic_ns() - atomic_load(&report->statistics.input_ns);
	return state == FB_LIVE && silent_ns > STALL_NS ? FB_STALLED : state;
}

static void sample(void *context, int64_t now_ns)
{
	struct report *report = context;
	meter_sample(&report->frames, now_ns, atomic_load(&report->statistics.frames));
	meter_sample(&report->bytes, now_ns, atomic_load(&report->statistics.bytes));
}

static json_t *describe(void *context)
{
	struct report *report = context;
	return json_pack("{s:o?}", "statistics",
			 statistics_json(&report->statistics, meter_rate(&report->frames),
					 8 * meter_rate(&report->bytes), report->file));
}

static const struct reporter_kind reports = {.state = FB_IDLE,
					     .mend = "check address, network and disk; the worker starts anew",
					     .judge = judge,
					     .sample = sample,
					     .describe = describe};

int report_create(fb_broker *broker, struct watch *watch, const char *topic, struct report **ret_report)
{
	struct report *report = calloc(1, sizeof *report);
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

struct statistics *report_statistics(struct report *report)
{
	return &report->statistics;
}

void report_state(struct report *report, enum fb_state state, const struct media_error *error)
{
	reporter_state(report->reporter, state, error);
}

void report_problem(struct report *report, enum report_of of, const struct media_error *error)
{
	reporter_problem(report->reporter, of, error);
}

void report_file(struct report *report, const char *file)
{
	reporter_lock(report->reporter);
	snprintf(report->file, sizeof report->file, "%s", file);
	reporter_unlock(report->reporter);
}
