/* main.c: framebrokerd. It reads nothing that clients send: what could break it is small enough to be read in one
 * sitting. */
#include "base/error.h"
#include "base/log.h"
#include "keeper/keeper.h"
#include "keeper/spawn.h"
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The core knows the configuration; its answer and exit status are ours. */
static int check(const struct keeper_options *options)
{
	char path[SPAWN_PATH];
	if (spawn_find("framebroker-core", path) == 0) {
		execl(path, "framebroker-core", "--check", options->config, (char *)NULL);
		error_set_errno(errno, "%s", path);
	}
	log_error("keeper", "%s", error_text());
	return 1;
}

/* Nothing below us may gain rights, be traced or dumped by another process of our uid, or run out of descriptors early.
 */
static void prepare(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	struct rlimit files, dumps;
	if (getrlimit(RLIMIT_CORE, &dumps) == 0) { /* passwords are in the memory of all of us */
		dumps.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &dumps);
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

int main(int argc, char **argv)
{
	struct keeper_options options;
	int status = options_read(argc, argv, &options);
	if (status >= 0)
		return status;
	log_to_stderr(LOG_WARNING, false);
	if (options.check)
		return check(&options);
	prepare();
	if (options.private_fd >= 0)
		setsid(); /* Ctrl-C in the parent's terminal is not for us; a session of our own already is fine */
	return keeper_run(&options);
}
