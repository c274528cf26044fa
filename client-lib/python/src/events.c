/* events.c: a subscription to the broker's events. Its iterator waits for ever. */
#define PY_SSIZE_T_CLEAN
#include "events.h"
#include "broker.h"
#include "errors.h"
#include "wait.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct events {
	PyObject ob_base;
	PyObject *broker;
	fb_events *events;
	bool busy;
};

static PyTypeObject *events_type;

PyObject *events_new(PyObject *object)
{
	fb_broker *broker = broker_use(object);
	if (!broker)
		return NULL;
	fb_events *events = NULL;
	int code;
	Py_BEGIN_ALLOW_THREADS code = fb_events_open(broker, &events);
	Py_END_ALLOW_THREADS broker_done(object);
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
	if (self->busy)
		return error_raise_text(EBUSY, "another thread waits for these events: call events() once a thread");
	self->busy = true;
	char *json = NULL;
	int code;
	do {
		if (!broker_use(self->broker)) { /* closed, perhaps by another thread */
			code = WAIT_RAISED;
			break;
		}
		Py_BEGIN_ALLOW_THREADS code = fb_events_next(self->events, wait_slice_ns(&wait), &json);
		Py_END_ALLOW_THREADS broker_done(self->broker);
	} while (wait_again(&wait, &code));
	self->busy = false;
	if (code == WAIT_RAISED)
		return NULL;
	if (code)
		return error_raise(code);
	PyObject *text = PyUnicode_FromString(json);
	free(json);
	return text;
}

int events_add(PyObject *module)
{
	PyType_Slot slots[] = {{Py_tp_dealloc, events_dealloc},
			       {Py_tp_iter, PyObject_SelfIter},
			       {Py_tp_iternext, events_next},
			       {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Events",
			    .basicsize = sizeof(struct events),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
			    .slots = slots};
	events_type = (PyTypeObject *)PyType_FromSpec(&spec);
	return events_type ? PyModule_AddType(module, events_type) : -1;
}
