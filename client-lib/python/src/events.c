/* events.c: a subscription to the broker's events. Its iterator waits for ever. */
#define PY_SSIZE_T_CLEAN
#include "events.h"
#include "broker.h"
#include "errors.h"
#include "wait.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct events {
	PyObject ob_base;
	PyObject *broker;
	fb_events *events;
	pid_t busy; /* the process whose thread waits; 0: none */
};

static PyTypeObject *events_type;

static PyObject *events_new(PyObject *module, PyObject *object)
{
	(void)module;
	fb_broker *broker = broker_use(object);
	if (!broker)
		return NULL;
	fb_events *events = NULL;
	PyThreadState *thread = call_begin();
	int code = fb_events_open(broker, &events);
	call_end(thread);
	broker_done(object);
	if (code)
		return error_raise(code);
	struct events *self = (struct events *)((allocfunc)PyType_GetSlot(events_type, Py_tp_alloc))(events_type, 0);
	if (!self) {
		fb_events_close(&events);
		return NULL;
	}
	self->broker = Py_NewRef(object);
	self->events = events;
	return (PyObject *)self;
}

static void events_dealloc(PyObject *object)
{
	struct events *self = (struct events *)object;
	PyTypeObject *type = Py_TYPE(object);
	Py_BEGIN_ALLOW_THREADS fb_events_close(&self->events);
	Py_END_ALLOW_THREADS Py_XDECREF(self->broker);
	((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
	Py_DECREF(type);
}

static PyObject *events_next(PyObject *object)
{
	static const struct wait wait = {.deadline_ns = FB_FOREVER};
	struct events *self = (struct events *)object;
	if (self->busy == getpid())
		return error_raise_text(EBUSY, "another thread waits for these events: call events() once a thread");
	self->busy = getpid();
	char *json = NULL;
	int code;
	do {
		if (!broker_use(self->broker)) { /* closed, perhaps by another thread */
			code = WAIT_RAISED;
			break;
		}
		PyThreadState *thread = call_begin();
		code = fb_events_next(self->events, wait_slice_ns(&wait), &json);
		call_end(thread);
		broker_done(self->broker);
	} while (wait_again(&wait, &code));
	self->busy = 0;
	if (code == WAIT_RAISED || (code && broker_was_closed(self->broker)))
		return NULL;
	if (code)
		return error_raise(code);
	PyObject *text = PyUnicode_FromString(json);
	free(json);
	return text;
}

static PyObject *events_reduce(PyObject *object, PyObject *unused)
{
	(void)object, (void)unused;
	PyErr_SetString(PyExc_TypeError, "events do not pickle: send the broker, and call its events() there");
	return NULL;
}

int events_add(PyObject *module)
{
	static PyMethodDef methods[] = {{"__reduce__", events_reduce, METH_NOARGS, NULL}, {0}};
	PyType_Slot slots[] = {{Py_tp_dealloc, events_dealloc},
			       {Py_tp_iter, PyObject_SelfIter},
			       {Py_tp_iternext, events_next},
			       {Py_tp_methods, methods},
			       {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Events",
			    .basicsize = sizeof(struct events),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
			    .slots = slots};
	static PyMethodDef functions[] = {{"events", events_new, METH_O, NULL}, {0}};
	events_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (!events_type || PyModule_AddType(module, events_type) < 0)
		return -1;
	return PyModule_AddFunctions(module, functions);
}
