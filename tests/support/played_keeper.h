/* played_keeper.h: a keeper that the test plays, with real cores in processes of their own, one after the other, and
 * workers that are no more than a connection. Any failure fails the test. */
#ifndef TESTS_SUPPORT_PLAYED_KEEPER_H
#define TESTS_SUPPORT_PLAYED_KEEPER_H
#include "keeper/protocol.h"
#include "wire/connection.h"
#include <framebroker.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define PLAYED_IDS 16
#define PLAYED_RECORDS 64
#define PLAYED_PID(id) (10000 + (int)(id)) /* what the core is told of a worker */

struct played_record {
	uint64_t key; /* 0: none */
	void *blob;
	size_t size, fd_count;
	int fds[KEEPER_FDS];
};

struct played_worker { /* by its number */
	int socket;    /* its end; -1: it has no process, or that has closed it */
	int spawned, killed, buried;
};

struct played_keeper {
	char folder[64], config[96], path[96];
	int listening;
	pid_t core;
	int socket;      /* to the core of now */
	bool ready;      /* that one serves */
	int forgotten;   /* how often it wanted to begin with nothing */
	int store_error; /* told to the next one */
	unsigned last_spawned;
	struct played_worker workers[PLAYED_IDS];
	struct keeper_child children[PLAYED_IDS]; /* told to the next one */
	size_t child_count;
	struct played_record records[PLAYED_RECORDS];
	size_t recalled;
	fb_broker *client;
	int fds_before;
};

void played_keeper_begin(struct played_keeper *keeper);
void played_keeper_end(struct played_keeper *keeper); /* nothing may be left */

void played_config(const struct played_keeper *keeper, const char *yaml);

/* The next core. Returns when it serves; or its exit status where it ends before that, else 0. */
int played_core_start(struct played_keeper *keeper);
void played_core_kill(struct played_keeper *keeper); /* what it had sent is served still */

/* Serves the core until condition(keeper, id) is true. */
void played_until(struct played_keeper *keeper, bool (*condition)(const struct played_keeper *keeper, unsigned id),
		  unsigned id);

/* The worker's process says hello, and that state. */
void played_worker_reports(struct played_keeper *keeper, unsigned id, enum fb_state state, const char *json);

/* The next message to the worker that is none of those: its type. */
enum wire_type played_worker_told(struct played_keeper *keeper, unsigned id);

/* The process ends: the core of now is told, or with `missed` the next one. */
void played_worker_dies(struct played_keeper *keeper, unsigned id, int status, bool missed);

/* What the status says of the only source or sink of that name; the caller's. NULL: nothing. */
json_t *played_status(struct played_keeper *keeper, const char *kinds, const char *name);

#endif
