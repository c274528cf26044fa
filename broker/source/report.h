/* report.h: how the source is, told to the core. */
#ifndef FRAMEBROKER_SOURCE_REPORT_H
#define FRAMEBROKER_SOURCE_REPORT_H
#include "media/errors.h"
#include "media/watch.h"
#include <framebroker.h>
#include <stdatomic.h>

struct report;

/* Starts the thread. name: for the log. */
int report_create(fb_broker *broker, struct watch *watch, const char *name, struct report **ret_report);

/* Ends the thread after a last report. NULL is fine. */
void report_destroy(struct report *report);

/* The state, and what is wrong; error NULL: nothing is. Logs an error that was not there before. */
void report_state(struct report *report, enum fb_state state, const struct media_error *error);

/* Something wrong with one output while the source goes on; NULL: no longer. */
void report_problem(struct report *report, const struct media_error *error);

/* Something worth a line in the log, once: not where it is the same as the last one. */
void report_note(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a restarted worker of this source needs to know: the monotonic time of pts 0; 0: begin anew. */
void report_connection(struct report *report, bool live, int64_t frame_interval_ns);
void report_epoch(struct report *report, int64_t epoch_ns);

/* Counters; cheap, any thread. main_media: pictures, or sound where the source has none. */
void report_packet(struct report *report, int size);
void report_decode_error(struct report *report);
void report_dropped(struct report *report);
void report_decoded(struct report *report, bool main_media);

/* A frame was published: the source is live. */
void report_published(struct report *report, bool main_media);

#endif
