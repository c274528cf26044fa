/* errors.h: the package's exceptions, and which of them a negative errno becomes. */
#ifndef FRAMEBROKER_PYTHON_ERRORS_H
#define FRAMEBROKER_PYTHON_ERRORS_H
#include <Python.h>

/* Creates Error and its subclasses in the module. 0, or -1 with an exception. */
int errors_add(PyObject *module);

/* Raises what the library's last failure means, with the library's sentence. Always NULL. */
PyObject *error_raise(int code);

/* The same with a sentence of our own. */
PyObject *error_raise_text(int code, const char *text);

/* The same for calls that take keys of the configuration: EINVAL is a ConfigError. */
PyObject *error_raise_config(int code);

#endif
