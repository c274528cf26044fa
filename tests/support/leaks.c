/* leaks.c: in each program of a build with the address sanitizer: how it looks for leaks as the program ends. */
#include <sanitizer/lsan_interface.h>
#include <sys/prctl.h>

#define ASKED __attribute__((visibility("default")))

/* Just before the search: workers, keeper and core forbid everybody to look into them. In a sandbox nothing helps. */
ASKED int __lsan_is_turned_off(void)
{
	return prctl(PR_GET_SECCOMP) != 0 || prctl(PR_SET_DUMPABLE, 1) != 0;
}

/* What other people's libraries lose. */
ASKED const char *__lsan_default_suppressions(void)
{
	return "leak:libssh-gcrypt\n"; /* a key that it has read */
}
