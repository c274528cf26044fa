/* worker.h: the life of one worker process, whatever it works on: started when it is due, stopped when it is not,
 * watched, and started again after it died. Sources and sinks begin with one. */
#ifndef FRAMEBROKER_CORE_WORKER_H
#define FRAMEBROKER_CORE_WORKER_H
#include "core/worker_state.h"

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
