/* landlock.c: a list of folders and files, and the rights below them; all else is refused. */
#include "worker/landlock.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the headers of an older kernel do not have. */
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

struct attributes {
	uint64_t handled_fs, handled_net, scoped;
};

#define FS_FIRST (LANDLOCK_ACCESS_FS_REFER - 1) /* all rights of version 1 */
#define FS_READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define FS_WRITE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
#define FS_READ (FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                                                       \
	(FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |  \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER)

/* What libraries look for, and everybody may read: nothing of it is of this machine's user. */
static const char *const common[] = {"/usr/lib",
				     "/usr/lib32",
				     "/usr/lib64",
				     "/lib",
				     "/lib64",
				     "/usr/local/lib",
				     "/usr/share",
				     "/etc/ld.so.cache",
				     "/etc/localtime",
				     "/etc/fonts",
				     "/var/cache/fontconfig",
				     "/dev/urandom",
				     "/dev/zero",
				     "/sys/devices/system"};
static const char *const of_networks[] = {"/etc/resolv.conf",
					  "/run/systemd/resolve",
					  "/etc/hosts",
					  "/etc/host.conf",
					  "/etc/nsswitch.conf",
					  "/etc/gai.conf",
					  "/etc/services",
					  "/etc/protocols",
					  "/etc/ssl",
					  "/etc/pki",
					  "/etc/ca-certificates",
					  "/etc/gnutls",
					  "/usr/local/share/ca-certificates"};

int landlock_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static uint64_t handled_fs(int version)
{
	uint64_t handled = FS_FIRST;
	if (version >= 2)
		handled |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		handled |= FS_TRUNCATE;
	if (version >= 5)
		handled |= FS_IOCTL_DEV;
	return handled;
}

static int create_ruleset(struct attributes *ret_attributes)
{
	int version = landlock_version();
	*ret_attributes = (struct attributes){.handled_fs = handled_fs(version)};
	if (version >= 6)
		ret_attributes->scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	size_t size = version >= 6 ? sizeof *ret_attributes : sizeof ret_attributes->handled_fs;
	return (int)syscall(SYS_landlock_create_ruleset, ret_attributes, size, 0);
}

/* Allows rights at path and below. 0, or a negative errno. */
static int allow(int ruleset, const struct attributes *attributes, const char *path, uint64_t rights)
{
	FD_AUTO fd = open(path, O_PATH | O_CLOEXEC);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return -errno;
	if (!S_ISDIR(info.st_mode))
		rights &= FS_READ_FILE | FS_WRITE_FILE;
	struct landlock_path_beneath_attr rule = {.allowed_access = rights & attributes->handled_fs, .parent_fd = fd};
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

/* Those of the machine that are not there need no rule. */
static void allow_system(int ruleset, const struct attributes *attributes, bool network)
{
	allow(ruleset, attributes, "/dev/null", FS_READ_FILE | FS_WRITE_FILE);
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		allow(ruleset, attributes, common[i], FS_READ);
	for (size_t i = 0; network && i < sizeof of_networks / sizeof *of_networks; i++)
		allow(ruleset, attributes, of_networks[i], FS_READ);
}

static int allow_job(int ruleset, const struct attributes *attributes, const struct reach *reach,
		     struct media_error *ret_error)
{
	for (unsigned i = 0; i < reach->count; i++) {
		const struct reach_path *path = &reach->paths[i];
		int err = allow(ruleset, attributes, path->path, path->write ? FS_READ | FS_WRITE : FS_READ);
		if (err)
			return error_say(ret_error,
					 "the folder must be there before the worker is confined; it is tried again",
					 "sandbox: %s: %s", path->path, strerror(-err));
	}
	return 0;
}

int landlock_enter(const struct reach *reach, struct media_error *ret_error)
{
	struct attributes attributes;
	FD_AUTO ruleset = create_ruleset(&attributes);
	if (ruleset < 0)
		return error_say(ret_error, "", "sandbox: Landlock: %s", strerror(errno));
	allow_system(ruleset, &attributes, reach->network);
	if (allow_job(ruleset, &attributes, reach, ret_error) < 0)
		return -EINVAL;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return error_say(ret_error, "", "sandbox: Landlock: %s", strerror(errno));
	return 0;
}
