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

bool workers_remove(struct worker **workers, pid_t pid, uint32_t *ret_id)
{
	for (struct worker **at = workers; *at; at = &(*at)->next) {
		struct worker *worker = *at;
		if (worker->pid != pid)
			continue;
		*ret_id = worker->id;
		*at = worker->next;
		free(worker);
		return true;
	}
	return false;
}

bool workers_have(const struct worker *workers, pid_t pid)
{
	for (const struct worker *worker = workers; worker; worker = worker->next)
		if (worker->pid == pid)
			return true;
	return false;
}

void workers_kill(const struct worker *workers, uint32_t id)
{
	for (const struct worker *worker = workers; worker; worker = worker->next)
		if (worker->id == id && id != 0)
			kill(-worker->pid, SIGKILL);
}

void workers_kill_all(const struct worker *workers)
{
	for (const struct worker *worker = workers; worker; worker = worker->next)
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
