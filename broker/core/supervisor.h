/* supervisor.h: all sources, made to follow a plan. */
#ifndef FRAMEBROKER_CORE_SUPERVISOR_H
#define FRAMEBROKER_CORE_SUPERVISOR_H
#include "core/plan.h"
#include "core/source.h"

struct supervisor {
	struct source_host host;
	struct source *sources; /* in the order they came; those that leave stay until their worker is gone */
	unsigned last_id;
	struct loop_timer *sweep;       /* frees those that have left, outside of their own calls */
	void (*stopped)(void *context); /* no worker is left, after supervisor_stop() */
	void *context;
};

/* control and keeper are set in supervisor->host before supervisor_follow(). */
int supervisor_init(struct supervisor *supervisor, struct loop *loop, void (*stopped)(void *context), void *context);

/* Zeroed is fine. Workers that still run are forgotten. */
void supervisor_clear(struct supervisor *supervisor);

/* Sources that are not in the plan go, new ones come, changed ones change or start anew. A failure is that of the last
 * stream that could not be added; everything else is done. */
int supervisor_follow(struct supervisor *supervisor, const struct plan *plan);

/* All workers stop, and none starts any more. */
void supervisor_stop(struct supervisor *supervisor);

struct source *supervisor_find(const struct supervisor *supervisor, unsigned id); /* NULL: none */

/* Not one that leaves; NULL: none. */
struct source *supervisor_find_name(const struct supervisor *supervisor, const char *name);
struct source *supervisor_find_writer(const struct supervisor *supervisor, const char *stream);

/* The "sources" of the status. */
struct json_t *supervisor_status(const struct supervisor *supervisor);

#endif
