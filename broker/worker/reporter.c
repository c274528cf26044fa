/* reporter.c: the reporting thread. */
#include "worker/reporter.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_NS NS_PER_SECOND
#define SAMPLE_NS (NS_PER_SECOND * 9 / 10)
#define HANG_NS (2 * NS_PER_SECOND) /* how long after its limit a step counts as hanging */

struct reporter {
	const struct reporter_kind *kind;
	fb_broker *broker;
	struct watch *watch;
	const char *topic;
	void *context;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	bool changed, finished;
	enum fb_state state;
	struct media_error error[REPORTER_PROBLEMS];
	int64_t sampled_ns;
};

void reporter_lock(struct reporter *reporter)
{
	pthread_mutex_lock(&reporter->lock);
}

void reporter_unlock(struct reporter *reporter)
{
	pthread_mutex_unlock(&reporter->lock);
}

/* Under the lock. */
static void add_error(const struct reporter *reporter, json_t *root)
{
	const struct media_error *error = reporter->error;
	while (error < &reporter->error[REPORTER_PROBLEMS - 1] && !error->text[0])
		error++;
	json_object_set_new(root, "error", error->text[0] ? json_string(error->text) : json_null());
	json_object_set_new(root, "mend", error->text[0] ? json_string(error->mend) : json_null());
}

/* Under the lock. Reports come at each change, too. */
static void sample(struct reporter *reporter)
{
	int64_t now_ns = clock_monotonic_ns();
	if (now_ns - reporter->sampled_ns < SAMPLE_NS)
		return;
	reporter->kind->sample(reporter->context, now_ns);
	reporter->sampled_ns = now_ns;
}

static void tell(struct reporter *reporter)
{
	reporter_lock(reporter);
	enum fb_state state = reporter->kind->judge(reporter->context, reporter->state);
	sample(reporter);
	json_t *root = reporter->kind->describe(reporter->context);
	add_error(reporter, root);
	reporter->changed = false;
	reporter_unlock(reporter);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	if (text)
		fb_worker_report(reporter->broker, state, text);
	free(text);
	json_decref(root);
}

static void end_when_hanging(struct reporter *reporter)
{
	struct watch *watch = reporter->watch;
	if (!watch_overdue(watch, HANG_NS) || watch_expired(watch))
		return;
	struct media_error error;
	error_say(&error, reporter->kind->mend, "timed out in a call that cannot be interrupted");
	reporter_state(reporter, FB_LOST, &error);
	tell(reporter);
	_exit(EXIT_FAILURE);
}

static void *report(void *opaque)
{
	struct reporter *reporter = opaque;
	bool finished = false;
	while (!finished) {
		struct timespec until = clock_timespec(clock_deadline(INTERVAL_NS));
		reporter_lock(reporter);
		while (!reporter->changed && !reporter->finished &&
		       pthread_cond_clockwait(&reporter->wake, &reporter->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
			;
		finished = reporter->finished;
		reporter_unlock(reporter);
		tell(reporter);
		if (!finished)
			end_when_hanging(reporter);
	}
	return NULL;
}

int reporter_create(const struct reporter_kind *kind, fb_broker *broker, struct watch *watch, const char *topic,
		    void *context, struct reporter **ret_reporter)
{
	struct reporter *reporter = calloc(1, sizeof *reporter);
	if (!reporter)
		return error_set(ENOMEM, "out of memory");
	*reporter = (struct reporter){.kind = kind,
				      .broker = broker,
				      .watch = watch,
				      .topic = topic,
				      .context = context,
				      .state = kind->state,
				      .changed = true}; /* say so at once */
	pthread_mutex_init(&reporter->lock, NULL);
	pthread_cond_init(&reporter->wake, NULL);
	int r = pthread_create(&reporter->thread, NULL, report, reporter);
	if (r != 0) {
		free(reporter);
		return error_set_errno(r, "cannot start the reporting thread");
	}
	*ret_reporter = reporter;
	return 0;
}

void reporter_destroy(struct reporter *reporter)
{
	if (!reporter)
		return;
	reporter_lock(reporter);
	reporter->finished = true;
	pthread_cond_signal(&reporter->wake);
	reporter_unlock(reporter);
	pthread_join(reporter->thread, NULL);
	pthread_cond_destroy(&reporter->wake);
	pthread_mutex_destroy(&reporter->lock);
	free(reporter);
}

/* Under the lock. */
static void set_error(struct reporter *reporter, unsigned number, const struct media_error *error)
{
	static const struct media_error none;
	struct media_error *now = &reporter->error[number];
	if (strcmp(now->text, error ? error->text : "") == 0)
		return;
	if (error)
		log_warning(reporter->topic, "%s%s%s", error->text, error->mend[0] ? "; " : "", error->mend);
	*now = error ? *error : none;
	reporter->changed = true;
	pthread_cond_signal(&reporter->wake);
}

void reporter_state(struct reporter *reporter, enum fb_state state, const struct media_error *error)
{
	reporter_lock(reporter);
	reporter->changed = reporter->changed || reporter->state != state;
	reporter->state = state;
	set_error(reporter, 0, error);
	pthread_cond_signal(&reporter->wake);
	reporter_unlock(reporter);
}

void reporter_problem(struct reporter *reporter, unsigned number, const struct media_error *error)
{
	reporter_lock(reporter);
	set_error(reporter, number, error);
	reporter_unlock(reporter);
}
