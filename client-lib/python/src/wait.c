/* wait.c: deadlines, and looks at pending signals while the library waits. */
#define PY_SSIZE_T_CLEAN
#include "wait.h"
#include <errno.h>
#include <framebroker.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define SLICE_NS INT64_C(50000000)
#define LONGEST_S 1e9 /* longer is for ever, and stays clear of overflow */

static int signal_raised(void)
{
	PyGILState_STATE state = PyGILState_Ensure();
	bool raised = PyErr_CheckSignals() < 0;
	PyGILState_Release(state);
	return raised;
}

static int always(void)
{
	return true;
}

PyThreadState *call_begin(void)
{
	fb_interrupt(signal_raised);
	return PyEval_SaveThread();
}

PyThreadState *call_begin_hasty(void)
{
	fb_interrupt(always);
	return PyEval_SaveThread();
}

void call_end(PyThreadState *thread)
{
	PyEval_RestoreThread(thread);
	fb_interrupt(NULL);
}

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

bool wait_begin(struct wait *wait, PyObject *timeout)
{
	wait->deadline_ns = FB_FOREVER;
	if (timeout == Py_None)
		return true;
	double seconds = PyFloat_AsDouble(timeout);
	if (seconds == -1.0 && PyErr_Occurred())
		return false;
	if (!(seconds >= 0)) {
		PyErr_SetString(PyExc_ValueError, "timeout: seconds, not negative, or None to wait for ever");
		return false;
	}
	if (seconds < LONGEST_S)
		wait->deadline_ns = now_ns() + (int64_t)(seconds * SECOND_NS);
	return true;
}

int64_t wait_whole_ns(const struct wait *wait)
{
	if (wait->deadline_ns == FB_FOREVER)
		return FB_FOREVER;
	int64_t left_ns = wait->deadline_ns - now_ns();
	return left_ns < 0 ? 0 : left_ns;
}

int64_t wait_slice_ns(const struct wait *wait)
{
	int64_t left_ns = wait_whole_ns(wait);
	return left_ns == FB_FOREVER || left_ns > SLICE_NS ? SLICE_NS : left_ns;
}

bool wait_again(const struct wait *wait, int *code)
{
	if (*code == -EINTR && PyErr_Occurred())
		*code = WAIT_RAISED;
	if (*code != -ETIMEDOUT)
		return false;
	if (PyErr_CheckSignals() < 0) {
		*code = WAIT_RAISED;
		return false;
	}
	return wait_slice_ns(wait) > 0;
}
