/* guard.h: the sentence that a program dies with when it writes into a shared frame.
 *
 * Some libraries ignore numpy's read-only flag (OpenCV before 4.9 does); the write then hits a read-only mapping and
 * the process dies by SIGSEGV. A chained handler says why, if the address lies in pixels that this process holds. */
#ifndef FRAMEBROKER_PYTHON_GUARD_H
#define FRAMEBROKER_PYTHON_GUARD_H
#include <stddef.h>

/* Installs the handler once, before whatever handler there is (faulthandler's, say), which runs afterwards. */
void guard_install(void);

/* Notes pixels that must not be written. Returns their entry for guard_remove(), -1 when the table is full. Under the
 * GIL. */
int guard_add(const void *begin, const void *end);
void guard_remove(int entry);

#endif
