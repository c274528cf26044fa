/* worker_log.h: what a worker prints: put into our own log, and its last lines kept for the status. */
#ifndef FRAMEBROKER_CORE_WORKER_LOG_H
#define FRAMEBROKER_CORE_WORKER_LOG_H
#include "core/tail.h"
#include "loop/loop.h"

struct json_t;

struct worker_log {
	struct loop *loop;
	char topic[80]; /* as in "source gate" */
	int fd;         /* the reading end of a pipe; -1: none */
	int64_t second_ns;
	unsigned in_second; /* lines passed on since then */
	unsigned skipped;
	struct tail tail;
};

void worker_log_init(struct worker_log *log, struct loop *loop, const char *kind, const char *name);

/* Opens a pipe and watches it. *ret_write_fd is the worker's end, the caller's to close. */
int worker_log_open(struct worker_log *log, int *ret_write_fd);

/* Watches a pipe that another core opened; takes it over. */
int worker_log_adopt(struct worker_log *log, int fd);

/* The worker is gone: reads what is left and closes the pipe. The lines stay. */
void worker_log_close(struct worker_log *log);

/* An array of the lines; and what a core before this one had of them, back from that. */
struct json_t *worker_log_json(const struct worker_log *log);
void worker_log_unpack(struct worker_log *log, const struct json_t *lines);

#endif
