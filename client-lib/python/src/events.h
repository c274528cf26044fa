/* events.h: what happens in the broker, as an iterator over JSON texts. */
#ifndef FRAMEBROKER_PYTHON_EVENTS_H
#define FRAMEBROKER_PYTHON_EVENTS_H
#include <Python.h>

/* Creates the type, and _core.events(broker): a new subscription, from now on. 0, or -1 with an exception. */
int events_add(PyObject *module);

#endif
