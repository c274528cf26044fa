/* broker.c: connecting, waiting for streams, status and administration. */
#define PY_SSIZE_T_CLEAN
#include "broker.h"
#include "errors.h"
#include "info.h"
#include "wait.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct broker {
	PyObject ob_base;
	fb_broker *broker;
	unsigned users; /* calls in progress, on all threads */
	bool closed;
};

static PyTypeObject *broker_type;

fb_broker *broker_use(PyObject *object)
{
	if (!PyObject_TypeCheck(object, broker_type)) {
		PyErr_SetString(PyExc_TypeError, "a Broker is wanted");
		return NULL;
	}
	struct broker *self = (struct broker *)object;
	if (self->closed) {
		error_raise_text(EBADF, "this broker handle is closed: connect again");
		return NULL;
	}
	self->users++;
	return self->broker;
}

static void close_unused(struct broker *self)
{
	if (self->users)
		return;
	fb_broker *broker = self->broker;
	self->broker = NULL;
	Py_BEGIN_ALLOW_THREADS fb_close(&broker);
	Py_END_ALLOW_THREADS
}

void broker_done(PyObject *object)
{
	struct broker *self = (struct broker *)object;
	self->users--;
	if (self->closed)
		close_unused(self);
}

bool broker_was_closed(PyObject *object)
{
	if (!broker_use(object))
		return true;
	broker_done(object);
	return false;
}

static PyObject *broker_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	(void)kwargs;
	const char *address;
	PyObject *timeout;
	struct wait wait;
	if (!PyArg_ParseTuple(args, "zO:Broker", &address, &timeout) || !wait_begin(&wait, timeout))
		return NULL;
	struct broker *self = (struct broker *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
	if (!self)
		return NULL;
	int code;
	do {
		PyThreadState *thread = call_begin();
		code = fb_connect(address, wait_slice_ns(&wait), &self->broker);
		call_end(thread);

	} while (wait_again(&wait, &code));
	if (!code)
		return (PyObject *)self;
	if (code != WAIT_RAISED)
		error_raise(code);
	Py_DECREF(self);
	return NULL;
}

static PyObject *broker_close(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct broker *self = (struct broker *)object;
	self->closed = true;
	close_unused(self);
	Py_RETURN_NONE;
}

static void broker_dealloc(PyObject *object)
{
	PyTypeObject *type = Py_TYPE(object);
	close_unused((struct broker *)object);
	((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
	Py_DECREF(type);
}

static PyObject *broker_wait(PyObject *object, PyObject *args)
{
	PyObject *stream, *timeout;
	struct wait wait;
	if (!PyArg_ParseTuple(args, "UO:wait", &stream, &timeout) || !wait_begin(&wait, timeout))
		return NULL;
	const char *name = PyUnicode_AsUTF8AndSize(stream, NULL);
	if (!name)
		return NULL;
	struct fb_stream_info info;
	int code;
	do {
		fb_broker *broker = broker_use(object);
		if (!broker)
			return NULL; /* closed, perhaps by another thread */
		PyThreadState *thread = call_begin();
		code = fb_wait(broker, name, wait_slice_ns(&wait), &info);
		call_end(thread);
		broker_done(object);
	} while (wait_again(&wait, &code));
	if (code == WAIT_RAISED || (code && broker_was_closed(object)))
		return NULL;
	return code ? error_raise(code) : info_tuple(stream, FB_LIVE, &info);
}

static PyObject *broker_status(PyObject *object, PyObject *unused)
{
	(void)unused;
	fb_broker *broker = broker_use(object);
	if (!broker)
		return NULL;
	char *json = NULL;
	PyThreadState *thread = call_begin();
	int code = fb_status(broker, &json);
	call_end(thread);
	broker_done(object);
	if (code)
		return error_raise(code);
	PyObject *text = PyUnicode_FromString(json);
	free(json);
	return text;
}

static PyObject *broker_add_entry(PyObject *object, PyObject *args)
{
	const char *kind, *name, *keys;
	if (!PyArg_ParseTuple(args, "sss:add", &kind, &name, &keys))
		return NULL;
	fb_broker *broker = broker_use(object);
	if (!broker)
		return NULL;
	PyThreadState *thread = call_begin();
	int code = fb_add(broker, kind, name, keys);
	call_end(thread);
	broker_done(object);
	if (code)
		return error_raise_config(code);
	Py_RETURN_NONE;
}

static PyObject *call_for_name(PyObject *object, PyObject *args, int (*call)(fb_broker *, const char *, const char *))
{
	const char *kind, *name;
	if (!PyArg_ParseTuple(args, "ss", &kind, &name))
		return NULL;
	fb_broker *broker = broker_use(object);
	if (!broker)
		return NULL;
	PyThreadState *thread = call_begin();
	int code = call(broker, kind, name);
	call_end(thread);
	broker_done(object);
	if (code)
		return error_raise(code);
	Py_RETURN_NONE;
}

static PyObject *broker_remove(PyObject *object, PyObject *args)
{
	return call_for_name(object, args, fb_remove);
}

static PyObject *broker_restart(PyObject *object, PyObject *args)
{
	return call_for_name(object, args, fb_restart);
}

/* Asked in slices, each would begin another one. */
static PyObject *broker_upgrade(PyObject *object, PyObject *timeout)
{
	struct wait wait;
	if (!wait_begin(&wait, timeout))
		return NULL;
	fb_broker *broker = broker_use(object);
	if (!broker)
		return NULL;
	PyThreadState *thread = call_begin();
	int code = fb_upgrade(broker, wait_whole_ns(&wait));
	call_end(thread);
	broker_done(object);
	if (code)
		return error_raise(code);
	Py_RETURN_NONE;
}

static PyObject *broker_address(PyObject *object, void *unused)
{
	(void)unused;
	fb_broker *broker = broker_use(object);
	if (!broker)
		return NULL;
	PyObject *address = PyUnicode_DecodeFSDefault(fb_address(broker));
	broker_done(object);
	return address;
}

int broker_add(PyObject *module)
{
	static PyMethodDef methods[] = {
		{"_wait", broker_wait, METH_VARARGS, NULL},
		{"_status", broker_status, METH_NOARGS, NULL},
		{"_add", broker_add_entry, METH_VARARGS, NULL},
		{"_remove", broker_remove, METH_VARARGS, NULL},
		{"_restart", broker_restart, METH_VARARGS, NULL},
		{"_upgrade", broker_upgrade, METH_O, NULL},
		{"close", broker_close, METH_NOARGS, "Ends the connection; held frames stay valid."},
		{0}};
	static PyGetSetDef properties[] = {{.name = "_address", .get = broker_address}, {0}};
	PyType_Slot slots[] = {{Py_tp_new, broker_new},
			       {Py_tp_dealloc, broker_dealloc},
			       {Py_tp_methods, methods},
			       {Py_tp_getset, properties},
			       {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Broker",
			    .basicsize = sizeof(struct broker),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
			    .slots = slots};
	broker_type = (PyTypeObject *)PyType_FromSpec(&spec);
	return broker_type ? PyModule_AddType(module, broker_type) : -1;
}
