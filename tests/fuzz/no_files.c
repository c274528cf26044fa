/* no_files.c: stands for open() and glob() (the linker's --wrap), so that no fuzzed configuration reads this machine's
 * files by include: or as secrets. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>

int __wrap_open(const char *path, int flags, ...);
int __wrap_glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *found);

int __wrap_open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	errno = ENOENT;
	return -1;
}

int __wrap_glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *found)
{
	(void)pattern;
	(void)flags;
	(void)on_error;
	(void)found;
	return GLOB_NOMATCH;
}
