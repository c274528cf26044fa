/* supervisor.h: all workers. */
#ifndef FRAMEBROKER_CORE_SUPERVISOR_H
#define FRAMEBROKER_CORE_SUPERVISOR_H
#include "core/sink.h"
#include "core/source.h"

struct supervisor_hooks {
	void *core;
	void (*stopped)(void *core); /* no process is left, after supervisor_stop() */
	void (*keep)(void *core);    /* a process is about to start: what has changed is kept for the next core */
	void (*drop)(void *core, const struct worker *worker); /* it goes for good */
};

struct supervisor {
	struct worker_host host;
	struct supervisor_hooks hooks;
	struct worker *workers; /* in the order they came; those that leave stay until their process is gone */
	unsigned last_id;
	char news[512]; /* what was added, restarted, removed since a reload began; cut off where it is too long */
	struct loop_timer *sweep; /* frees those that have left, outside of their own calls */
};

/* control and keeper are set in supervisor->host before the first worker comes. */
int supervisor_init(struct supervisor *supervisor, struct loop *loop, const struct supervisor_hooks *hooks);

/* Zeroed is fine. Processes that still run are forgotten. */
void supervisor_clear(struct supervisor *supervisor);

/* The number for the next worker. */
unsigned supervisor_next_id(struct supervisor *supervisor);

/* From now on numbers are beyond this one. */
void supervisor_skip_id(struct supervisor *supervisor, unsigned id);

/* Adds "kind name what" to the news. */
void supervisor_note(struct supervisor *supervisor, const char *kind, const char *name, const char *what);

/* Takes it over, and tells that it has come. */
void supervisor_add(struct supervisor *supervisor, struct worker *worker);

/* One of another core. */
void supervisor_adopt(struct supervisor *supervisor, struct worker *worker);

/* It stops and goes. */
void supervisor_remove(struct supervisor *supervisor, struct worker *worker);

/* Stops its process and starts another. */
void supervisor_restart(struct supervisor *supervisor, struct worker *worker);

/* All processes stop, and none starts any more. */
void supervisor_stop(struct supervisor *supervisor);

struct worker *supervisor_find(const struct supervisor *supervisor, unsigned id); /* NULL: none */

/* Not one that leaves; NULL: none. */
struct source *supervisor_find_source(const struct supervisor *supervisor, const char *name);
struct sink *supervisor_find_sink(const struct supervisor *supervisor, const char *name);
struct worker *supervisor_find_writer(const struct supervisor *supervisor, const char *stream);

/* The next one of a kind that does not leave, after that one or from the beginning (NULL); NULL: there is none. */
struct worker *supervisor_next(const struct supervisor *supervisor, const struct worker_kind *kind,
			       const struct worker *after);

/* Somebody writes this stream now: sinks that waited for it begin. */
void supervisor_stream_written(const struct supervisor *supervisor, const char *stream);

/* "sources" or "sinks" of the status. */
struct json_t *supervisor_status(const struct supervisor *supervisor, const struct worker_kind *kind);

#endif
