/* workers.h: the broker's own worker programs: their connections, and what they are told. */
#ifndef FRAMEBROKER_CONTROL_WORKERS_H
#define FRAMEBROKER_CONTROL_WORKERS_H
#include <stdbool.h>
#include <sys/types.h>

struct control;

/* Takes over the core's end of a worker's socket pair. worker: the core's number for it; streams: what it may write. */
int control_adopt_worker(struct control *control, int fd, unsigned worker, pid_t pid);
bool control_has_worker(const struct control *control, unsigned worker);             /* its connection lives */
void control_worker_stop(struct control *control, unsigned worker);                  /* sends STOP */
void control_worker_job(struct control *control, unsigned worker, const char *text); /* its job now reads so */

#endif
