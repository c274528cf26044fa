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

/* Only a loop that runs can be stopped: until then the signal waits. */
static void hear_signals(void *unused)
{
	(void)unused;
	sigset_t term;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(serving ? SIG_UNBLOCK : SIG_BLOCK, &term, NULL);
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
	struct loop_timer *running = NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, stop_serving);
	hear_signals(NULL);
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
	if (loop_timer_create(serving, hear_signals, NULL, &running) < 0)
		_exit(1);
	loop_timer_set(running, 0);
	if (loop_run(serving) < 0)
		_exit(1);
	loop_timer_destroy(running);
	_exit(end_serving(server) ? 0 : 1);
}
