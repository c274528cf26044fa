/* core_fixture.h: time, keeper and control in the test's own hands, for tests of workers in the core. */
#ifndef CORE_FIXTURE_H
#define CORE_FIXTURE_H
#include "core/worker.h"
#include <framebroker.h>
#include <stdbool.h>

/* What keeper and control were asked, and what they answer. */
struct asked {
	int spawned, killed, stopped, added, changed, removed, jobs, idle;
	enum keeper_program program; /* spawned last */
	int spawn_error;
	bool wanted;            /* any stream */
	bool related;           /* any two streams */
	bool unconnected;       /* any worker */
	const char *exists[4];  /* streams that are there */
	const char *written[4]; /* and those that have a writer */
	enum fb_state state;    /* of the stream "gate" */
	bool live;              /* any stream, as told last */
	char event[32];
};

extern struct asked asked;
extern struct worker_host host;

/* Everything as at the beginning; no timer may be left. */
void core_fixture_reset(void);

/* Runs what is due meanwhile. */
void pass_seconds(double seconds);

/* The process ends with that status of waitpid(), and so does its connection. */
void die(struct worker *worker, int status);

#define EXIT(code) ((code) << 8)

#endif
