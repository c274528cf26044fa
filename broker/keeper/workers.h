/* workers.h: the worker processes that live now. Each leads a process group of its own. */
#ifndef FRAMEBROKER_KEEPER_WORKERS_H
#define FRAMEBROKER_KEEPER_WORKERS_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct worker {
	struct worker *next;
	pid_t pid;
	uint32_t id; /* the core's number for it; 0: the core that asked for it is gone */
};

/* A list begins as NULL. -ENOMEM with error text. */
int workers_add(struct worker **workers, pid_t pid, uint32_t id);

/* Takes one out. False: it is none of them. */
bool workers_remove(struct worker **workers, pid_t pid, uint32_t *ret_id);

bool workers_have(const struct worker *workers, pid_t pid);

/* KILL for the group of the worker with that id, or of all. */
void workers_kill(const struct worker *workers, uint32_t id);
void workers_kill_all(const struct worker *workers);

/* The core that gave the numbers is gone. */
void workers_forget_ids(struct worker *workers);

void workers_clear(struct worker **workers);

#endif
