/* plane.h: one plane of a frame, of frames that lie side by side, or of a slot, as a buffer that memoryview() and numpy
 * take without copying. While such a buffer is alive, so are its owners, and with them the memory. */
#ifndef FRAMEBROKER_PYTHON_PLANE_H
#define FRAMEBROKER_PYTHON_PLANE_H
#include <framebroker.h>
#include <Python.h>
#include <stdbool.h>

/* How every owner of pixels begins. */
struct exporter {
	PyObject ob_base;
	Py_ssize_t exports; /* buffers alive */
	bool gone;          /* released, published or cancelled: no more buffers */
};

struct plane_source {
	const struct fb_stream_info *info;
	uint32_t index, rows;
	uint8_t *data;
	Py_ssize_t linesize;
	Py_ssize_t frames, frame_bytes; /* a first axis over that many frames, so far apart; frames 0: none */
	bool readonly;
};

/* Creates the type. 0, or -1 with an exception. */
int plane_add(PyObject *module);

/* A new plane; owners is a tuple of objects that begin with struct exporter. NULL with an exception. */
PyObject *plane_new(PyObject *owners, const struct plane_source *source);

#endif
