/* workers.h: the worker processes that live now. Each leads a process group of its own. */
#ifndef FRAMEBROKER_KEEPER_WORKERS_H
#define FRAMEBROKER_KEEPER_WORKERS_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct worker {
	struct worker *next;
	pid_t pid;
	uint32_t id; /* the core's number for it; 0: no core asks for it any more */
	bool dead;   /* reaped; it stays until a core hears of it */
	int status;  /* of waitpid() */
};

/* A list begins as NULL. -ENOMEM with error text. */
int workers_add(struct worker **workers, pid_t pid, uint32_t id);

/* The one that lives and has that pid; NULL: none. */
struct worker *workers_find(struct worker *workers, pid_t pid);

/* Takes one out and frees it. */
void workers_remove(struct worker **workers, struct worker *worker);

/* Frees those that are dead and have that id; 0: all that are dead. */
void workers_bury(struct worker **workers, uint32_t id);

/* KILL for the group of the worker with that id, or of all. */
void workers_kill(const struct worker *workers, uint32_t id);
void workers_kill_all(const struct worker *workers);

/* No core will ask for them any more. */
void workers_forget_ids(struct worker *workers);

void workers_clear(struct worker **workers);

#endif
