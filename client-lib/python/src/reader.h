/* reader.h: one reader of one stream. One thread at a time uses it, which is checked; close() may come from any. */
#ifndef FRAMEBROKER_PYTHON_READER_H
#define FRAMEBROKER_PYTHON_READER_H
#include <Python.h>

/* Creates the type. 0, or -1 with an exception. */
int reader_add(PyObject *module);

#endif
