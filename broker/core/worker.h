/* worker.h: the life of one worker process, whatever it works on: started when it is due, stopped when it is not,
 * watched, and started again after it died. Sources and sinks begin with one. */
#ifndef FRAMEBROKER_CORE_WORKER_H
#define FRAMEBROKER_CORE_WORKER_H
#include "base/backoff.h"
#include "base/limits.h"
#include "control/control.h"
#include "core/demand.h"
#include "core/keeper_link.h"
#include "core/worker_log.h"
#include "loop/loop.h"

struct json_t;
struct worker;

/* Where all workers live. */
struct worker_host {
	struct loop *loop;
	struct control *control;
	struct keeper_link *keeper;
	bool stopping;               /* no worker starts any more */
	void (*idle)(void *context); /* some worker has no process any more */
	void (*keep)(void *context); /* before a process starts: what has changed is kept for the next core */
	void *context;
};

/* What follows a worker that has ended by itself and in order. */
enum worker_next {
	WORKER_NONE,   /* nothing, until it is restarted */
	WORKER_IF_DUE, /* another one, if it is due */
	WORKER_LATER   /* the same after a delay: at once it would run in circles */
};

/* What differs between sources and sinks. */
struct worker_kind {
	const char *name; /* "source", for log and events */
	enum keeper_program program;
	int64_t stop_ns; /* what it has to finish in order */
	/* Whether one could run now, and is to, but for demand. */
	bool (*due)(const struct worker *worker);
	/* Whether anybody reads or waits for what it makes; and that this has changed, for one of its streams. */
	bool (*wanted)(const struct worker *worker);
	void (*demand)(struct worker *worker);
	/* A new text for the process that asks for its job, for free(); NULL: no memory. */
	char *(*job)(struct worker *worker);
	/* What a report tells beyond state, error and statistics. */
	void (*report)(struct worker *worker, enum fb_state state, const struct json_t *report);
	/* Its state is another one now. */
	void (*state)(struct worker *worker);
	/* The process is gone. finished: it had told the end of its work. The answer counts if nobody had stopped it.
	 */
	enum worker_next (*over)(struct worker *worker, bool finished);
	/* What the next core has to know of it beyond what all workers have, and back from that. */
	struct json_t *(*pack)(const struct worker *worker);
	void (*unpack)(struct worker *worker, const struct json_t *json);
	/* Its entry in the status. */
	struct json_t *(*status)(const struct worker *worker);
	void (*destroy)(struct worker *worker);
};

enum worker_phase {
	WORKER_IDLE,     /* no process, and none is due */
	WORKER_RUNNING,  /* one was asked for, and lives */
	WORKER_STOPPING, /* it was told to stop */
	WORKER_WAITING   /* it died; the next one starts after a delay */
};

struct worker_error {
	char *text, *mend; /* NULL: none */
	int64_t utc_ns;
};

struct worker { /* the first member of what it works on */
	struct worker *next;
	struct worker_host *host;
	const struct worker_kind *kind;
	unsigned id; /* the keeper's and the control's number for it, all its life long */
	char name[LIMIT_NAME + 1];
	bool runtime;  /* added at run time */
	bool changed;  /* since it was kept for the next core, */
	bool log_kept; /* as was the pipe of its log */
	enum worker_phase phase;
	bool again;   /* starts anew when it has stopped */
	bool leaving; /* was removed */
	bool ended;   /* the process told the end of its work */
	bool proven;  /* it was live for long enough: when it dies, the next one starts at once */
	int socket;   /* our end of the process's socket until the pid is known; -1 */
	pid_t pid;    /* 0: none */
	bool connected,
		dead; /* an end is complete when the control has read its last words and the keeper has reaped it */
	int status;   /* of waitpid(), once it is dead */
	struct loop_timer
		*timer; /* RUNNING: no report for long; STOPPING: it takes too long; WAITING: the next start */
	struct loop_timer *proven_timer;
	struct backoff backoff;
	struct demand demand;
	struct worker_log log;
	/* what the process told */
	enum fb_state state;
	int64_t since_utc_ns; /* of the state */
	struct worker_error error;
	struct json_t *statistics;
	unsigned restarts;
};

/* Fills a zeroed worker, for worker_clear() in any case. */
int worker_init(struct worker *worker, struct worker_host *host, const struct worker_kind *kind, unsigned id,
		const char *name);
void worker_clear(struct worker *worker); /* forgets a process that still runs */

/* Starts a process where there is none and one is due. */
void worker_begin(struct worker *worker);

/* The process ends, if there is one, and the next one starts if it is due. */
void worker_restart(struct worker *worker);

/* Tells the process to stop, if there is one. */
void worker_stop(struct worker *worker);

/* Whether there is a process, or soon will be. */
bool worker_runs(const struct worker *worker);

/* What the keeper tells about its process. */
void worker_started(struct worker *worker, pid_t pid);
void worker_failed(struct worker *worker, const char *text); /* it could not be started */
void worker_died(struct worker *worker, int status);         /* of waitpid() */

/* Goes on with a worker of another core: it stands among all others, and the control has its connection, if that lives.
 * child: its process as the keeper has it; NULL: it has none. log_fd: the pipe of its log, taken over; -1: none. */
void worker_resume(struct worker *worker, const struct keeper_child *child, int log_fd);

/* The control: its connection has ended. */
void worker_disconnected(struct worker *worker);

/* A report came: the process is not stuck. For worker_report(). */
void worker_heard(struct worker *worker, enum fb_state state);

#endif
