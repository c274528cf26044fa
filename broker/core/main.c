/* main.c: framebroker-core. framebrokerd starts it, and starts it again. */
#include "base/log.h"
#include "core/check.h"
#include "core/run.h"
#include "keeper/protocol.h"
#include "memory/reserve.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

/* Only the keeper says when it ends: a service manager may send its signals to every process of the service. */
static void prepare(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	reserve_prepare();
	prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
	struct core_options options;
	if (!core_options_read(argc, argv, &options))
		return KEEPER_CORE_REFUSED;
	log_to_stderr(LOG_INFO, false);
	if (options.check)
		return check_file(options.check);
	prepare();
	return core_run(&options);
}
