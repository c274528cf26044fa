/* reader.c: waiting for frames and handing them out. */
#define PY_SSIZE_T_CLEAN
#include "reader.h"
#include "broker.h"
#include "errors.h"
#include "frame.h"
#include "guard.h"
#include "info.h"
#include "wait.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct reader {
	PyObject ob_base;
	PyObject *broker, *stream;
	PyTypeObject *frame_type;
	fb_reader *reader;
	unsigned max_held;
	enum frame_pixels pixels;
	PyObject *kept; /* a list: copies whose slots are held until the next read */
	pid_t busy;     /* the process whose thread uses it: a forked child has none of its parent's threads; 0: none */
	bool closed;
};

/* Takes the reader for one call. False with an exception when it is closed or in use. */
static bool reader_use(struct reader *self)
{
	if (self->closed)
		error_raise_text(EBADF, "this reader is closed: open another one");
	else if (self->busy == getpid())
		error_raise_text(EBUSY, "another thread is using this reader: open one for each thread");
	else
		return self->busy = getpid();
	return false;
}

static void close_unused(struct reader *self)
{
	if (self->busy == getpid())
		return;
	fb_reader *reader = self->reader;
	self->reader = NULL;
	Py_BEGIN_ALLOW_THREADS fb_reader_close(&reader);
	Py_END_ALLOW_THREADS
}

static void reader_done(struct reader *self)
{
	self->busy = 0;
	if (self->closed)
		close_unused(self);
}

static PyObject *reader_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	(void)kwargs;
	PyObject *broker_object, *stream, *frame_type;
	int mode, copy;
	unsigned max_held;
	const char *group;
	if (!PyArg_ParseTuple(args, "OUiIpOz:Reader", &broker_object, &stream, &mode, &max_held, &copy, &frame_type,
			      &group) ||
	    !frame_is_type(frame_type))
		return NULL;
	const char *name = PyUnicode_AsUTF8AndSize(stream, NULL);
	fb_broker *broker = name ? broker_use(broker_object) : NULL;
	if (!broker)
		return NULL;
	struct fb_reader_options options = FB_READER_OPTIONS;
	options.mode = (enum fb_mode)mode;
	options.max_held = max_held;
	options.group = group;
	fb_reader *reader = NULL;
	PyThreadState *thread = call_begin();
	int code = fb_reader_open(broker, name, &options, &reader);
	call_end(thread);
	broker_done(broker_object);
	if (code)
		return error_raise(code);
	struct reader *self = (struct reader *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
	if (!self) {
		fb_reader_close(&reader);
		return NULL;
	}
	self->broker = Py_NewRef(broker_object);
	self->stream = Py_NewRef(stream);
	self->frame_type = (PyTypeObject *)Py_NewRef(frame_type);
	self->reader = reader;
	self->max_held = max_held;
	self->pixels = !copy ? FRAME_SHARED : group ? FRAME_HELD_COPY : FRAME_COPIED;
	self->kept = PyList_New(0);
	if (!self->kept)
		Py_CLEAR(self);
	guard_install();
	return (PyObject *)self;
}

static PyObject *reader_close(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct reader *self = (struct reader *)object;
	self->closed = true;
	close_unused(self);
	Py_RETURN_NONE;
}

static void reader_dealloc(PyObject *object)
{
	struct reader *self = (struct reader *)object;
	PyTypeObject *type = Py_TYPE(object);
	close_unused(self);
	Py_XDECREF(self->kept);
	Py_XDECREF((PyObject *)self->frame_type);
	Py_XDECREF(self->stream);
	Py_XDECREF(self->broker);
	((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
	Py_DECREF(type);
}

/* After a slice: whether to wait on. A close() by another thread or a signal handler ends the wait. */
static bool read_again(struct reader *self, const struct wait *wait, int *code)
{
	bool again = wait_again(wait, code);
	if (!again || !self->closed)
		return again;
	error_raise_text(EBADF, "this reader was closed while it waited");
	*code = WAIT_RAISED;
	return false;
}

static PyObject *raise_for(const struct reader *self, int code)
{
	if (code == WAIT_RAISED)
		return NULL;
	if (code != -ENOBUFS)
		return error_raise(code);
	char text[160];
	snprintf(text, sizeof text,
		 "this reader holds max_held (%u) frames already: keep frame.copy(), not the frame; for batches "
		 "raise max_held",
		 self->max_held);
	return error_raise_text(code, text);
}

static PyObject *make_frame(struct reader *self, struct fb_frame *held, enum fb_state state)
{
	PyObject *frame = frame_new(self->frame_type, held, self->stream, state, self->pixels);
	if (frame && self->pixels == FRAME_HELD_COPY && PyList_Append(self->kept, frame) < 0)
		Py_CLEAR(frame);
	return frame;
}

static PyObject *frame_or_raise(struct reader *self, int code, struct fb_frame *frame)
{
	enum fb_state state = fb_reader_state(self->reader);
	reader_done(self);
	return code ? raise_for(self, code) : make_frame(self, frame, state);
}

/* What was read before is done: a group's copies let their slots go. */
static PyObject *reader_settle(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct reader *self = (struct reader *)object;
	for (Py_ssize_t i = PyList_Size(self->kept); i-- > 0;)
		frame_let_go(PyList_GetItem(self->kept, i));
	if (PyList_SetSlice(self->kept, 0, PyList_Size(self->kept), NULL) < 0)
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *reader_read(PyObject *object, PyObject *timeout)
{
	struct reader *self = (struct reader *)object;
	struct wait wait;
	if (!wait_begin(&wait, timeout) || !reader_use(self))
		return NULL;
	struct fb_frame frame;
	int code;
	do {
		PyThreadState *thread = call_begin();
		code = fb_reader_read(self->reader, wait_slice_ns(&wait), &frame);
		call_end(thread);

	} while (read_again(self, &wait, &code));
	return frame_or_raise(self, code, &frame);
}

static PyObject *reader_try_read(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct reader *self = (struct reader *)object;
	if (!reader_use(self))
		return NULL;
	struct fb_frame frame;
	PyThreadState *thread = call_begin();
	int code = fb_reader_read(self->reader, 0, &frame);
	call_end(thread);
	if (code == -ETIMEDOUT) {
		reader_done(self);
		Py_RETURN_NONE;
	}
	return frame_or_raise(self, code, &frame);
}

static PyObject *reader_at(PyObject *object, PyObject *args)
{
	struct reader *self = (struct reader *)object;
	long long pts_ns;
	PyObject *timeout;
	struct wait wait;
	if (!PyArg_ParseTuple(args, "LO:at", &pts_ns, &timeout) || !wait_begin(&wait, timeout) || !reader_use(self))
		return NULL;
	struct fb_frame frame;
	int code;
	do {
		PyThreadState *thread = call_begin();
		code = fb_reader_at(self->reader, pts_ns, wait_slice_ns(&wait), &frame);
		call_end(thread);

	} while (read_again(self, &wait, &code));
	return frame_or_raise(self, code, &frame);
}

/* Frames as a list; those that no object could be made of are let go. */
static PyObject *list_of(struct reader *self, struct fb_frame *frames, uint32_t count, enum fb_state state)
{
	PyObject *list = PyList_New(count);
	for (uint32_t i = 0; i < count; i++) {
		if (!list) {
			fb_frame_release(&frames[i]);
			continue;
		}
		PyObject *frame = make_frame(self, &frames[i], state);
		if (!frame || PyList_SetItem(list, i, frame) < 0)
			Py_CLEAR(list);
	}
	return list;
}

/* The newest n in mode latest. Other modes collect theirs one by one, in Python. */
static PyObject *reader_read_newest(PyObject *object, PyObject *args)
{
	struct reader *self = (struct reader *)object;
	unsigned n;
	PyObject *timeout;
	struct wait wait;
	if (!PyArg_ParseTuple(args, "IO:read_batch", &n, &timeout) || !wait_begin(&wait, timeout))
		return NULL;
	if (!reader_use(self))
		return NULL;
	struct fb_frame *frames = PyMem_Calloc(n, sizeof *frames);
	uint32_t count = 0;
	int code = -ENOMEM;
	if (!frames) {
		PyErr_NoMemory();
		code = WAIT_RAISED;
	} else {
		do {
			PyThreadState *thread = call_begin();
			code = fb_reader_read_batch(self->reader, n, wait_slice_ns(&wait), frames, &count);
			call_end(thread);

		} while (read_again(self, &wait, &code));
	}
	enum fb_state state = fb_reader_state(self->reader);
	reader_done(self);
	PyObject *list = code ? raise_for(self, code) : list_of(self, frames, count, state);
	PyMem_Free(frames);
	return list;
}

static PyObject *reader_fileno(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct reader *self = (struct reader *)object;
	if (!reader_use(self))
		return NULL;
	int fd = fb_reader_fd(self->reader);
	reader_done(self);
	return fd < 0 ? error_raise(fd) : PyLong_FromLong(fd);
}

static PyObject *reader_info(PyObject *object, void *unused)
{
	(void)unused;
	struct reader *self = (struct reader *)object;
	if (!reader_use(self))
		return NULL;
	PyObject *info = info_tuple(self->stream, fb_reader_state(self->reader), fb_reader_info(self->reader));
	reader_done(self);
	return info;
}

static PyObject *reader_state(PyObject *object, void *unused)
{
	(void)unused;
	struct reader *self = (struct reader *)object;
	if (!reader_use(self))
		return NULL;
	enum fb_state state = fb_reader_state(self->reader);
	reader_done(self);
	return PyLong_FromLong(state);
}

static PyObject *reader_missed(PyObject *object, void *unused)
{
	(void)unused;
	struct reader *self = (struct reader *)object;
	if (!reader_use(self))
		return NULL;
	uint64_t missed = fb_reader_missed(self->reader);
	reader_done(self);
	return PyLong_FromUnsignedLongLong(missed);
}

int reader_add(PyObject *module)
{
	static PyMethodDef methods[] = {
		{"_read", reader_read, METH_O, NULL},
		{"_try_read", reader_try_read, METH_NOARGS, NULL},
		{"_read_newest", reader_read_newest, METH_VARARGS, NULL},
		{"_at", reader_at, METH_VARARGS, NULL},
		{"_settle", reader_settle, METH_NOARGS, NULL},
		{"fileno", reader_fileno, METH_NOARGS,
		 "Readable when a frame waits: select, asyncio, multiprocessing.connection.wait."},
		{"close", reader_close, METH_NOARGS, "Ends reading; held frames and their arrays stay valid."},
		{0}};
	static PyGetSetDef properties[] = {{.name = "_info", .get = reader_info},
					   {.name = "_state", .get = reader_state},
					   {.name = "missed",
					    .get = reader_missed,
					    .doc = "Frames published since this reader opened that it was not given."},
					   {0}};
	PyType_Slot slots[] = {{Py_tp_new, reader_new},
			       {Py_tp_dealloc, reader_dealloc},
			       {Py_tp_methods, methods},
			       {Py_tp_getset, properties},
			       {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Reader",
			    .basicsize = sizeof(struct reader),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
			    .slots = slots};
	PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(&spec);
	return type ? PyModule_AddType(module, type) : -1;
}
