/* sandbox.c: files first, as the system calls for that are not on the list. */
#include "worker/sandbox.h"
#include "worker/landlock.h"
#include "worker/seccomp.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Landlock holds for one thread and those that it starts. */
static bool has_one_thread(void)
{
	struct stat info;
	return stat("/proc/self/task", &info) == 0 && info.st_nlink == 3;
}

int sandbox_check(struct media_error *ret_error)
{
	if (landlock_version() < 0)
		return error_say(
			ret_error, "start Linux 5.13 or newer with landlock among its lsm=, or leave sandbox off",
			"sandbox: strict needs Landlock, which this kernel does not offer (%s)", strerror(errno));
	return seccomp_check(ret_error);
}

int sandbox_enter(const struct reach *reach, struct media_error *ret_error)
{
	if (sandbox_check(ret_error) < 0)
		return -EINVAL;
	if (!has_one_thread())
		return error_say(ret_error, "report this", "sandbox: the worker runs other threads already");
	int r = landlock_enter(reach, ret_error);
	return r < 0 ? r : seccomp_enter(reach->network, ret_error);
}
