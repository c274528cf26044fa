/* worker_state.h: all that is known about a worker: its kind, its process, its state and its errors. */
#ifndef FRAMEBROKER_CORE_WORKER_STATE_H
#define FRAMEBROKER_CORE_WORKER_STATE_H
#include "base/backoff.h"
#include "base/limits.h"
#include "core/keeper_link.h"
#include "core/worker_log.h"
#include "loop/loop.h"
#include <framebroker.h>

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

struct demand {  /* it runs on demand: while somebody reads or waits for what it makes, and `linger` longer */
	bool on; /* else it runs in any case */
	int64_t linger_ns;
	struct loop_timer *timer; /* nobody has read for so long; NULL: of a kind that always runs */
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
		dead;    /* an end is complete when the control has read its last words and the keeper has reaped it */
	int status;      /* of waitpid(), once it is dead */
	char killed[80]; /* why the broker killed the process; "": it did not */
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

/* For its kind, the log and those who listen to events; nothing where it is the state already. */
void worker_set_state(struct worker *worker, enum fb_state state);

/* Texts are copied. The time is now, unless the same error stands there already. */
void worker_set_error(struct worker *worker, const char *text, const char *mend);
void worker_clear_error(struct worker *worker);

/* Whether nothing but demand could forbid it to run. */
bool worker_is_demanded(const struct worker *worker);

/* Whether the last process told of any frame, or packet. */
bool worker_had_frames(const struct worker *worker);
bool worker_had_packets(const struct worker *worker);

/* What the entries of all kinds have in common, for worker_kind.status(). url: shown without its secrets. */
struct json_t *worker_status(const struct worker *worker, const char *url);

/* An error as in the status; text NULL: null. */
struct json_t *worker_error_json(const char *text, const char *mend, int64_t utc_ns);

#endif
