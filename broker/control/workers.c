/* workers.c: a worker's client. */
#include "control/workers.h"
#include "base/error.h"
#include "base/log.h"
#include "clients/send.h"
#include "clients/text.h"
#include "control/server.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The socket pair was made by the keeper, so the kernel names that as the peer: the pid comes with the worker. */
int control_adopt_worker(struct control *control, int fd, unsigned worker, pid_t pid)
{
	struct client *client = NULL;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		close(fd);
		return error_set_errno(errno, "cannot set up the socket of worker %u", worker);
	}
	int r = client_create(control, fd, (int)worker, &client);
	if (r < 0)
		return r;
	client_set_pid(client, pid);
	return server_watch(client);
}

bool control_has_worker(const struct control *control, unsigned worker)
{
	return client_find_worker(control, worker) != NULL;
}

void control_worker_stop(struct control *control, unsigned worker)
{
	struct client *client = client_find_worker(control, worker);
	if (client)
		client_send(client, &(struct wire_message){.type = WIRE_STOP}, NULL, 0);
}

void control_worker_job(struct control *control, unsigned worker, const char *text)
{
	struct client *client = client_find_worker(control, worker);
	if (client && client_send_text(client, 0, text, strlen(text)) < 0)
		log_error("control", "worker %u was not told its new job: %s", worker, error_text());
}
