/* broker.h: a connection. Any thread may use it at any time; close() takes effect when the last call in progress is
 * done. */
#ifndef FRAMEBROKER_PYTHON_BROKER_H
#define FRAMEBROKER_PYTHON_BROKER_H
#include <framebroker.h>
#include <Python.h>
#include <stdbool.h>

/* Creates the type. 0, or -1 with an exception. */
int broker_add(PyObject *module);

/* The connection, which stays until broker_done(); NULL with an exception when closed or no Broker. Under the GIL. */
fb_broker *broker_use(PyObject *broker);
void broker_done(PyObject *broker);

/* After a call that failed: whether another thread closed the handle meanwhile; true with the exception that says so. */
bool broker_was_closed(PyObject *broker);

#endif
