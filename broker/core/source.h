/* source.h: one source as the core sees it: its worker's life, its streams, and what it last told. */
#ifndef FRAMEBROKER_CORE_SOURCE_H
#define FRAMEBROKER_CORE_SOURCE_H
#include "base/backoff.h"
#include "config/source.h"
#include "control/control.h"
#include "control/loop.h"
#include "core/keeper_link.h"
#include "core/worker_log.h"

struct json_t;

/* Where all sources live. */
struct source_host {
	struct loop *loop;
	struct control *control;
	struct keeper_link *keeper;
	bool stopping;               /* no worker starts any more */
	void (*idle)(void *context); /* some source has no worker any more */
	void *context;
};

enum source_phase {
	SOURCE_IDLE,     /* no worker, and none is due */
	SOURCE_RUNNING,  /* a worker was asked for, and lives */
	SOURCE_STOPPING, /* it was told to stop */
	SOURCE_WAITING   /* it died; the next one starts after a delay */
};

/* What a change of configuration asks for. */
enum source_change {
	SOURCE_SAME,
	SOURCE_OUTPUTS, /* outputs came or went, nothing else: the worker goes on */
	SOURCE_RESTART
};

struct source_error {
	char *text, *mend; /* NULL: none */
	int64_t utc_ns;
};

struct source {
	struct source *next;
	struct source_host *host;
	unsigned id;                  /* its worker's number, all its life long */
	struct config_source *config; /* its outputs are the streams that it has at the control */
	bool runtime;                 /* added at run time */
	enum source_change change;    /* while a new configuration is taken */
	enum source_phase phase;
	bool again;   /* starts anew when it has stopped */
	bool leaving; /* was removed */
	bool ended;   /* the worker told the end of the media */
	int socket;   /* our end of the worker's socket until the pid is known; -1 */
	pid_t pid;    /* 0: none */
	bool connected,
		dead; /* an end is complete when the control has read its last words and the keeper has reaped it */
	int status;   /* of waitpid(), once it is dead */
	struct loop_timer
		*timer; /* RUNNING: no report for long; STOPPING: it takes too long; WAITING: the next start */
	struct loop_timer *linger; /* on demand: nobody has read for so long */
	struct loop_timer *steady; /* live for so long that the next failure is a first one */
	struct backoff backoff;
	struct worker_log log;
	/* what the worker told */
	enum fb_state state;
	bool live; /* the source is a live one; a guess until it was opened */
	int64_t epoch_ns;
	struct source_error error;
	struct json_t *statistics;
	unsigned restarts;
};

/* config is copied, but for its outputs: they come with source_take(). */
int source_create(struct source_host *host, unsigned id, const struct config_source *config,
		  struct source **ret_source);
void source_destroy(struct source *source); /* NULL is fine; forgets a worker that still runs */

/* Starts its worker where it is not on demand, or wanted already. */
void source_begin(struct source *source);

/* The worker ends, if there is one, and the next one starts; on demand only where it is wanted. */
void source_restart(struct source *source);

/* Tells the worker to stop, if there is one. */
void source_stop(struct source *source);

/* What the keeper tells about its worker. */
void source_started(struct source *source, pid_t pid);
void source_failed(struct source *source, const char *text); /* it could not be started */
void source_died(struct source *source, int status);         /* of waitpid() */

/* What the control tells about its worker and its streams. */
void source_disconnected(struct source *source);
void source_report(struct source *source, enum fb_state state, const char *json);
void source_demand(struct source *source);

/* A report came: the worker is not stuck. For source_report(). */
void source_heard(struct source *source, enum fb_state state);

/* The worker's job as it asks for it: {"name", "keys", "epoch_ns"}; keys is the text of its configuration. For free().
 */
char *source_job(const struct source *source);

/* The job has changed while the worker runs. */
void source_tell_job(const struct source *source);

/* Its entry in the status. */
struct json_t *source_status(const struct source *source);

#endif
