/* inject.h: calls that find no memory or no descriptor, chosen by number. A program that links it has, in place of the
 * C library's, functions (malloc, socket, mmap, recvmsg with descriptors …) that call the real ones, also for the
 * shared libraries that it uses, and fail where a test says so. The choice lies in memory that forked children share.
 */
#ifndef TESTS_SUPPORT_INJECT_H
#define TESTS_SUPPORT_INJECT_H
#include <stdbool.h>
#include <sys/types.h>

enum inject_kind { INJECT_MEMORY, INJECT_DESCRIPTORS };

struct inject {
	enum inject_kind kind;
	bool lasting; /* not only the nth call fails, but all from there on */
};

/* The two kinds, each once and lasting. */
extern const struct inject inject_all[4];

/* From now on the nth (1, 2 …) such call of that process, in any of its threads, fails; of a negative one: of its
 * children. */
void inject_begin(const struct inject *inject, pid_t process, unsigned nth);

/* No more fail. Whether one did: if not, n has been beyond the last. */
bool inject_end(void);

/* What failed first: the function, and whence it was called. */
const char *inject_where(void);

#endif
