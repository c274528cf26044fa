/* writer.c: opening a stream to write, and claiming its slots. */
#define PY_SSIZE_T_CLEAN
#include "writer.h"
#include "broker.h"
#include "errors.h"
#include "frame.h"
#include "info.h"
#include "slot.h"
#include "wait.h"
#include <errno.h>
#include <unistd.h>

struct writer {
	PyObject ob_base;
	PyObject *broker, *stream;
	PyTypeObject *slot_type;
	fb_writer *writer;
	pid_t busy; /* the process whose thread uses it: a forked child has none of its parent's threads; 0: none */
	bool closed;
};

static bool writer_use(struct writer *self)
{
	if (self->closed)
		error_raise_text(EBADF, "this writer is closed: open another one");
	else if (self->busy == getpid())
		error_raise_text(
			EBUSY, "another thread is using this writer: open one for each, of a stream with max_writers");
	else
		return self->busy = getpid();
	return false;
}

static void close_unused(struct writer *self, PyThreadState *(*begin)(void))
{
	if (self->busy == getpid())
		return;
	fb_writer *writer = self->writer;
	self->writer = NULL;
	PyThreadState *thread = begin();
	fb_writer_close(&writer);
	call_end(thread);
}

static void writer_done(struct writer *self)
{
	self->busy = 0;
	if (self->closed)
		close_unused(self, call_begin_hasty);
}

static PyObject *writer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	(void)kwargs;
	PyObject *broker_object, *stream, *slot_type;
	const char *create;
	if (!PyArg_ParseTuple(args, "OUzO:Writer", &broker_object, &stream, &create, &slot_type) ||
	    !slot_is_type(slot_type))
		return NULL;
	const char *name = PyUnicode_AsUTF8AndSize(stream, NULL);
	fb_broker *broker = name ? broker_use(broker_object) : NULL;
	if (!broker)
		return NULL;
	fb_writer *writer = NULL;
	PyThreadState *thread = call_begin();
	int code = fb_writer_open(broker, name, create, &writer);
	call_end(thread);
	broker_done(broker_object);
	if (code)
		return error_raise_config(code);
	struct writer *self = (struct writer *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
	if (!self) {
		fb_writer_close(&writer);
		return NULL;
	}
	self->broker = Py_NewRef(broker_object);
	self->stream = Py_NewRef(stream);
	self->slot_type = (PyTypeObject *)Py_NewRef(slot_type);
	self->writer = writer;
	return (PyObject *)self;
}

static PyObject *writer_close(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct writer *self = (struct writer *)object;
	self->closed = true;
	close_unused(self, call_begin);
	if (PyErr_Occurred())
		return NULL; /* by a signal handler, meanwhile */
	Py_RETURN_NONE;
}

static void writer_dealloc(PyObject *object)
{
	struct writer *self = (struct writer *)object;
	PyTypeObject *type = Py_TYPE(object);
	close_unused(self, call_begin_hasty);
	Py_XDECREF((PyObject *)self->slot_type);
	Py_XDECREF(self->stream);
	Py_XDECREF(self->broker);
	((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
	Py_DECREF(type);
}

/* After a slice: whether to wait on. A close() by another thread or a signal handler ends the wait. */
static bool claim_again(struct writer *self, const struct wait *wait, int *code)
{
	bool again = wait_again(wait, code);
	if (!again || !self->closed)
		return again;
	error_raise_text(EBADF, "this writer was closed while it waited");
	*code = WAIT_RAISED;
	return false;
}

/* _claim(origin or None, timeout) */
static PyObject *writer_claim(PyObject *object, PyObject *args)
{
	struct writer *self = (struct writer *)object;
	PyObject *origin_object, *timeout;
	struct wait wait;
	struct fb_frame origin_frame;
	const struct fb_frame *origin = NULL;
	if (!PyArg_ParseTuple(args, "OO:slot", &origin_object, &timeout) || !wait_begin(&wait, timeout))
		return NULL;
	if (origin_object != Py_None) {
		if (!frame_origin(origin_object, &origin_frame))
			return NULL;
		origin = &origin_frame;
	}
	if (!writer_use(self))
		return NULL;
	struct fb_slot slot;
	int code;
	do {
		PyThreadState *thread = call_begin();
		code = fb_writer_claim(self->writer, origin, wait_slice_ns(&wait), &slot);
		call_end(thread);

	} while (claim_again(self, &wait, &code));
	writer_done(self);
	if (code == WAIT_RAISED)
		return NULL;
	return code ? error_raise(code) : slot_new(self->slot_type, &slot, object, self->stream);
}

static PyObject *writer_end(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct writer *self = (struct writer *)object;
	if (!writer_use(self))
		return NULL;
	PyThreadState *thread = call_begin();
	int code = fb_writer_end(self->writer);
	call_end(thread);
	writer_done(self);
	if (code)
		return error_raise(code);
	Py_RETURN_NONE;
}

static PyObject *writer_info(PyObject *object, void *unused)
{
	(void)unused;
	struct writer *self = (struct writer *)object;
	if (!writer_use(self))
		return NULL;
	PyObject *info = info_tuple(self->stream, FB_LIVE, fb_writer_info(self->writer));
	writer_done(self);
	return info;
}

static PyObject *writer_wait_hint(PyObject *object, void *unused)
{
	(void)unused;
	struct writer *self = (struct writer *)object;
	if (!writer_use(self))
		return NULL;
	int64_t hint_ns = fb_writer_wait_hint_ns(self->writer);
	writer_done(self);
	return PyFloat_FromDouble((double)hint_ns / 1e9);
}

int writer_add(PyObject *module)
{
	static PyMethodDef methods[] = {
		{"_claim", writer_claim, METH_VARARGS, NULL},
		{"end", writer_end, METH_NOARGS, "End of stream: readers get it, sinks flush and finish."},
		{"close", writer_close, METH_NOARGS, "Ends writing; a stream that this writer created ends with it."},
		{0}};
	static PyGetSetDef properties[] = {{.name = "_info", .get = writer_info},
					   {.name = "wait_hint",
					    .get = writer_wait_hint,
					    .doc = "Seconds until the next frame is wanted; 0.0: now."},
					   {0}};
	PyType_Slot slots[] = {{Py_tp_new, writer_new},
			       {Py_tp_dealloc, writer_dealloc},
			       {Py_tp_methods, methods},
			       {Py_tp_getset, properties},
			       {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Writer",
			    .basicsize = sizeof(struct writer),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
			    .slots = slots};
	PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(&spec);
	return type ? PyModule_AddType(module, type) : -1;
}
