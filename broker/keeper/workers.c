/* workers.c: the worker processes that live now. */
#include "keeper/workers.h"
#include "base/error.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

int workers_add(struct worker **workers, pid_t pid, uint32_t id)
{
	struct worker *worker = malloc(sizeof *worker);
	if (!worker)
		return error_set(ENOMEM, "no memory for one more worker");
	*worker = (struct worker){.next = *workers, .pid = pid, .id = id};
	*workers = worker;
	return 0;
}

struct worker *workers_find(struct worker *workers, pid_t pid)
{
	struct worker *worker = workers;
	while (worker && (worker->pid != pid || worker->dead))
		worker = worker->next;
	return worker;
}

void workers_remove(struct worker **workers, struct worker *worker)
{
	struct worker **at = workers;
	while (*at != worker)
		at = &(*at)->next;
	*at = worker->next;
	free(worker);
}

void workers_bury(struct worker **workers, uint32_t id)
{
	for (struct worker *worker = *workers, *next = NULL; worker; worker = next) {
		next = worker->next;
		if (worker->dead && (id == 0 || worker->id == id))
			workers_remove(workers, worker);
	}
}

void workers_kill(const struct worker *workers, uint32_t id)
{
	for (const struct worker *worker = workers; worker; worker = worker->next)
		if (worker->id == id && id != 0 && !worker->dead)
			kill(-worker->pid, SIGKILL);
}

void workers_kill_all(const struct worker *workers)
{
	for (const struct worker *worker = workers; worker; worker = worker->next)
		if (!worker->dead)
			kill(-worker->pid, SIGKILL);
}

void workers_forget_ids(struct worker *workers)
{
	for (struct worker *worker = workers; worker; worker = worker->next)
		worker->id = 0;
}

void workers_clear(struct worker **workers)
{
	while (*workers) {
		struct worker *worker = *workers;
		*workers = worker->next;
		free(worker);
	}
}
