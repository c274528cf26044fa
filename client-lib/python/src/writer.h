/* writer.h: one writer of one stream. One thread at a time uses it. */
#ifndef FRAMEBROKER_PYTHON_WRITER_H
#define FRAMEBROKER_PYTHON_WRITER_H
#include <Python.h>

/* Creates the type. 0, or -1 with an exception. */
int writer_add(PyObject *module);

#endif
