/* wait.h: calls without the GIL, and waits in slices, so that Ctrl-C is seen in time: the library waits 50 ms, then
 *Python looks.
 *
 *	do {
 *		PyThreadState *thread = call_begin();
 *		code = fb_…(…, wait_slice_ns(&wait), …);
 *		call_end(thread);
 *	} while (wait_again(&wait, &code));
 */
#ifndef FRAMEBROKER_PYTHON_WAIT_H
#define FRAMEBROKER_PYTHON_WAIT_H
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

/* Lets other threads run. Where the call waits for the broker, signal handlers run meanwhile; when one raises, the call
 * ends with -EINTR, which error_raise() leaves as it is. */
PyThreadState *call_begin(void);
void call_end(PyThreadState *thread);

/* The same for what may not raise: it waits for a blink only. */
PyThreadState *call_begin_hasty(void);

#define WAIT_RAISED 1 /* in place of a negative errno: a Python exception is set, by a signal handler perhaps */

struct wait {
	int64_t deadline_ns; /* CLOCK_MONOTONIC, or FB_FOREVER */
};

/* timeout: seconds, or None for ever. False with ValueError or TypeError. */
bool wait_begin(struct wait *wait, PyObject *timeout);

/* How long the library may wait now; 0 when the time is over. */
int64_t wait_slice_ns(const struct wait *wait);

/* All that is left, for a call that may be made only once: it returns early for a signal handler that raises. */
int64_t wait_whole_ns(const struct wait *wait);

/* Whether the slice only ran out and the wait goes on. With the GIL held. *code becomes WAIT_RAISED after a signal. */
bool wait_again(const struct wait *wait, int *code);

#endif
