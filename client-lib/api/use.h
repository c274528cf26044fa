/* use.h: a handle is one thread's at a time: a second one is refused, and to close what another thread uses ends that
 * thread's call, which closes it then. What threads of a forked child's parent were doing is forgotten in the child. */
#ifndef FRAMEBROKER_API_USE_H
#define FRAMEBROKER_API_USE_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct use { /* all zero at first */
	_Atomic uint64_t word;
};

bool use_begin(struct use *use);         /* false: another thread is in a call */
bool use_end(struct use *use);           /* true: it was closed meanwhile, which is left to this thread */
bool use_close(struct use *use);         /* false: the thread that is in a call will do it */
bool use_closing(const struct use *use); /* for that thread: it should hurry */

#endif
