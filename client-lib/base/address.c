/* address.c: where the broker's socket lies when nobody names one. */
#include "base/address.h"
#include "base/error.h"
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_ADDRESS "/run/framebroker/framebroker.sock"

const char *address_default_system(void)
{
	return SYSTEM_ADDRESS;
}

/* Anybody may make a folder in /tmp: one that is not ours alone could hold another's socket. A missing one is fine. */
static int check_private(const char *folder)
{
	struct stat found;
	if (lstat(folder, &found) < 0)
		return errno == ENOENT ? 0 : error_set_errno(errno, "%s", folder);
	if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 077))
		return error_set(EACCES,
				 "%s: not a folder of your own with mode 0700; remove it, or set XDG_RUNTIME_DIR",
				 folder);
	return 0;
}

int address_default_user(char ret_address[ADDRESS_SIZE])
{
	char address[ADDRESS_SIZE];
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	if (runtime && runtime[0] == '/') {
		if (snprintf(address, sizeof address, "%s/framebroker.sock", runtime) >= (int)sizeof address)
			return error_set(ENAMETOOLONG, "XDG_RUNTIME_DIR: too long for the path of a socket");
	} else {
		char folder[64];
		snprintf(folder, sizeof folder, "/tmp/framebroker-%u", (unsigned)geteuid());
		int err = check_private(folder);
		if (err)
			return err;
		snprintf(address, sizeof address, "%s/framebroker.sock", folder);
	}
	memcpy(ret_address, address, sizeof address);
	return 0;
}

int address_default_broker(char ret_address[ADDRESS_SIZE])
{
	char address[ADDRESS_SIZE] = SYSTEM_ADDRESS;
	mode_t mode = 0755;
	if (!getenv("RUNTIME_DIRECTORY") && geteuid() != 0) {
		int err = address_default_user(address);
		if (err)
			return err;
		mode = 0700;
	}
	char folder[ADDRESS_SIZE];
	memcpy(folder, address, sizeof folder);
	if (mkdir(dirname(folder), mode) < 0 && errno != EEXIST)
		return error_set_errno(errno, "%s", folder);
	memcpy(ret_address, address, sizeof address);
	return 0;
}
