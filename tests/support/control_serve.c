/* control_serve.c: the server that the clients of control_fixture.c have. */
#include "support/control_serve.h"
#include "base/clock.h"
#include "control/declared.h"
#include "control/workers.h"
#include "unit/control_support.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define WORKER 7 /* what add_stream() says */

extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak)); /* where it is built with that sanitizer */

static struct loop *serving;

static void stop_serving(int signal)
{
	(void)signal;
	loop_stop(serving);
}

/* Whether all that it had is given back. */
static bool end_serving(struct server *server)
{
	server->fds_before--; /* the worker's socket, which was its own from then on */
	bool clean = server_teardown((void **)&server) == 0;
	return (!__lsan_do_recoverable_leak_check || __lsan_do_recoverable_leak_check() == 0) && clean;
}

void control_serve(const char *folder, int worker, int ready)
{
	struct server *server;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (server_setup((void **)&server) < 0 || rmdir(server->folder) < 0)
		_exit(1);
	strcpy(server->folder, folder);
	server_start(server);
	add_stream(server, "shown", NULL, false);
	add_stream(server, "many", NULL, false);
	control_stream_pool(server->control, "many", 2, NS_PER_SECOND);
	add_stream(server, "cam", "cam", false);
	control_stream_state(server->control, "cam", FB_LIVE);
	if (control_adopt_worker(server->control, worker, WORKER, getppid()) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	serving = server->loop;
	signal(SIGTERM, stop_serving);
	if (loop_run(server->loop) < 0)
		_exit(1);
	_exit(end_serving(server) ? 0 : 1);
}
