/* report.h: how the sink is, told to the core. */
#ifndef FRAMEBROKER_SINK_REPORT_H
#define FRAMEBROKER_SINK_REPORT_H
#include "media/errors.h"
#include "media/watch.h"
#include "sink/statistics.h"
#include <framebroker.h>

struct report;

/* What can be wrong, the first of which is told. */
enum report_of {
	REPORT_OUTPUT,
	REPORT_VIDEO,
	REPORT_AUDIO,
	REPORT_VIDEO_STREAM,
	REPORT_AUDIO_STREAM,
	REPORT_FALLBACK_STREAM,
	REPORT_COUNT
};

/* Starts the thread. topic: for the log, it must live as long. The watch is of the thread that sends: where that hangs
 * long beyond its limit, the process ends. */
int report_create(fb_broker *broker, struct watch *watch, const char *topic, struct report **ret_report);

/* Ends the thread after a last report. NULL is fine. */
void report_destroy(struct report *report);

struct statistics *report_statistics(struct report *report);

/* The state of the output, and what is wrong with it; error NULL: nothing. Logs an error that was not there before. */
void report_state(struct report *report, enum fb_state state, const struct media_error *error);

/* Something is wrong that does not change the state, or no longer: error NULL. Logs it when it is new. */
void report_problem(struct report *report, enum report_of of, const struct media_error *error);

/* The file that is being written, "" for none. */
void report_file(struct report *report, const char *file);

#endif
