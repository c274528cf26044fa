/* reporter.h: a worker's reports to the core: its state, what is wrong, and what it adds, at each change and once a
 * second, from a thread of their own. */
#ifndef FRAMEBROKER_WORKER_REPORTER_H
#define FRAMEBROKER_WORKER_REPORTER_H
#include "media/errors.h"
#include "media/watch.h"
#include <framebroker.h>
#include <jansson.h>

#define REPORTER_PROBLEMS 6

struct reporter_options {
	fb_broker *broker;
	const char *topic; /* for the log; it must live as long */

	/* Of the thread that works: where it hangs long beyond its limit, where FFmpeg cannot be interrupted, the
	 * process ends and the core starts another. mend: what is told then. */
	struct watch *watch;
	const char *mend;

	enum fb_state state; /* at the beginning */

	/* Both are called by the reporting thread with the lock held. What is told in place of the state; and the
	 * report itself, to which state, error and mend are added. NULL: no memory. */
	enum fb_state (*judge)(void *context, enum fb_state state);
	json_t *(*describe)(void *context);
	void *context;
};

struct reporter;

/* Starts the thread. The options are copied. */
int reporter_create(const struct reporter_options *options, struct reporter **ret_reporter);

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
