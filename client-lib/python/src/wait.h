/* wait.h: a wait in slices, so that Ctrl-C is seen in time: the library waits 50 ms without the GIL, then Python looks.
 *
 *	do {
 *		Py_BEGIN_ALLOW_THREADS
 *		code = fb_…(…, wait_slice_ns(&wait), …);
 *		Py_END_ALLOW_THREADS
 *	} while (wait_again(&wait, &code));
 */
#ifndef FRAMEBROKER_PYTHON_WAIT_H
#define FRAMEBROKER_PYTHON_WAIT_H
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#define WAIT_RAISED 1 /* in place of a negative errno: a Python exception is set, by a signal handler perhaps */

struct wait {
	int64_t deadline_ns; /* CLOCK_MONOTONIC, or FB_FOREVER */
};

/* timeout: seconds, or None for ever. False with ValueError or TypeError. */
bool wait_begin(struct wait *wait, PyObject *timeout);

/* How long the library may wait now; 0 when the time is over. */
int64_t wait_slice_ns(const struct wait *wait);

/* Whether the slice only ran out and the wait goes on. With the GIL held. *code becomes WAIT_RAISED after a signal. */
bool wait_again(const struct wait *wait, int *code);

#endif
