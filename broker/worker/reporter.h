/* reporter.h: a worker's reports to the core: its state, what is wrong, and what it adds, at each change and once a
 * second, from a thread of their own. */
#ifndef FRAMEBROKER_WORKER_REPORTER_H
#define FRAMEBROKER_WORKER_REPORTER_H
#include "media/errors.h"
#include "media/watch.h"
#include <framebroker.h>
#include <jansson.h>

#define REPORTER_PROBLEMS 6

/* What one program's reports are. All functions are called by the reporting thread with the lock held. */
struct reporter_kind {
	enum fb_state state; /* at the beginning */
	const char *mend;    /* told where the thread that works hangs, see reporter_create() */
	/* What is told in place of the state. */
	enum fb_state (*judge)(void *context, enum fb_state state);
	/* Before describe(), at most about once a second: for rates. */
	void (*sample)(void *context, int64_t now_ns);
	/* The report itself, to which state, error and mend are added. NULL: no memory. */
	json_t *(*describe)(void *context);
};

struct reporter;

/* Starts the thread. All pointers must live as long; topic is for the log. The watch is of the thread that works: where
 * it hangs long beyond its limit, where FFmpeg cannot be interrupted, the process ends and the core starts another. */
int reporter_create(const struct reporter_kind *kind, fb_broker *broker, struct watch *watch, const char *topic,
		    void *context, struct reporter **ret_reporter);

/* Ends the thread after a last report. NULL is fine. */
void reporter_destroy(struct reporter *reporter);

/* The state, and what is wrong, as problem 0; error NULL: nothing is. Logs an error that was not there before. */
void reporter_state(struct reporter *reporter, enum fb_state state, const struct media_error *error);

/* Something is wrong that does not change the state, or no longer: error NULL. Of all problems the first is told. */
void reporter_problem(struct reporter *reporter, unsigned number, const struct media_error *error);

/* The lock under which judge() and describe() run. */
void reporter_lock(struct reporter *reporter);
void reporter_unlock(struct reporter *reporter);

#endif
