/* worker_report.h: what is known about a worker: its state, its error, and what its process reports. */
#ifndef FRAMEBROKER_CORE_WORKER_REPORT_H
#define FRAMEBROKER_CORE_WORKER_REPORT_H
#include "core/worker.h"

/* For its kind, the log and those who listen to events; nothing where it is the state already. */
void worker_set_state(struct worker *worker, enum fb_state state);

/* Texts are copied. The time is now, unless the same error stands there already. */
void worker_set_error(struct worker *worker, const char *text, const char *mend);
void worker_clear_error(struct worker *worker);

/* What its process reports: json is one object with "error", "mend", "statistics", and what the kind knows. */
void worker_report(struct worker *worker, enum fb_state state, const char *json);

/* Whether the last process told of any frame, or packet. */
bool worker_had_frames(const struct worker *worker);
bool worker_had_packets(const struct worker *worker);

/* What the entries of all kinds have in common, for worker_kind.status(). url: shown without its secrets. */
struct json_t *worker_status(const struct worker *worker, const char *url);

/* An error as in the status; text NULL: null. */
struct json_t *worker_error_json(const char *text, const char *mend, int64_t utc_ns);

#endif
