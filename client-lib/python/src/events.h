/* events.h: what happens in the broker, as an iterator over JSON texts. */
#ifndef FRAMEBROKER_PYTHON_EVENTS_H
#define FRAMEBROKER_PYTHON_EVENTS_H
#include <Python.h>

/* Creates the type. 0, or -1 with an exception. */
int events_add(PyObject *module);

/* A new subscription, from now on. NULL with an exception. */
PyObject *events_new(PyObject *broker);

#endif
