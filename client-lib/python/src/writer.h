/* writer.h: one writer of one stream. One thread at a time uses it. Its memory stays mapped while arrays of its slots
 * are alive: until then close() only forbids further use. */
#ifndef FRAMEBROKER_PYTHON_WRITER_H
#define FRAMEBROKER_PYTHON_WRITER_H
#include <Python.h>

/* Creates the type. 0, or -1 with an exception. */
int writer_add(PyObject *module);

/* A slot tells its writer that it came to be or is gone for good. */
void writer_slot_begins(PyObject *writer);
void writer_slot_ends(PyObject *writer);

#endif
