/* errors.c: Error and its subclasses. What Python has a name for (TimeoutError, EOFError, PermissionError,
 * ConnectionError, BlockingIOError) is raised as that. */
#define PY_SSIZE_T_CLEAN
#include "errors.h"
#include <errno.h>
#include <framebroker.h>
#include <string.h>

static PyObject *error, *not_found, *too_many_held, *config_error;

static PyObject *class_new(PyObject *module, const char *name, const char *doc, PyObject *base, PyObject *second_base)
{
	PyObject *bases = second_base ? PyTuple_Pack(2, base, second_base) : PyTuple_Pack(1, base);
	if (!bases)
		return NULL;
	PyObject *class = PyErr_NewExceptionWithDoc(name, doc, bases, NULL);
	Py_DECREF(bases);
	if (class && PyModule_AddObjectRef(module, strchr(name, '.') + 1, class) < 0)
		Py_CLEAR(class);
	return class;
}

int errors_add(PyObject *module)
{
	error = class_new(module, "framebroker.Error", "errno as in C; the text says what, where, and how to mend it.",
			  PyExc_OSError, NULL);
	if (!error)
		return -1;
	not_found = class_new(module, "framebroker.NotFound", "No such name, or no such frame in the ring any more.",
			      error, PyExc_LookupError);
	too_many_held =
		class_new(module, "framebroker.TooManyHeld", "This reader holds max_held frames already.", error, NULL);
	config_error = class_new(module, "framebroker.ConfigError", "File, line, key, and what is allowed.", error,
				 PyExc_ValueError);
	return not_found && too_many_held && config_error ? 0 : -1;
}

static PyObject *class_of(int err)
{
	switch (err) {
	case ENODATA:
		return PyExc_EOFError;
	case ENOENT:
	case ESTALE:
		return not_found;
	case ENOBUFS:
		return too_many_held;
	case ETIMEDOUT:
	case EACCES:
	case EPERM:
	case EAGAIN:
	case ECONNREFUSED:
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return PyExc_OSError; /* which makes the built-in subclass of the errno itself */
	default:
		return error;
	}
}

static PyObject *raise(PyObject *class, int err, const char *text)
{
	PyObject *sentence = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
	if (!sentence)
		return NULL;
	PyObject *args =
		class == PyExc_EOFError ? Py_BuildValue("(N)", sentence) : Py_BuildValue("(iN)", err, sentence);
	if (args)
		PyErr_SetObject(class, args);
	Py_XDECREF(args);
	return NULL;
}

PyObject *error_raise_text(int code, const char *text)
{
	int err = code < 0 ? -code : code;
	return raise(class_of(err), err, text);
}

PyObject *error_raise(int code)
{
	if (code == -EINTR && PyErr_Occurred())
		return NULL; /* a signal handler has raised something */
	return error_raise_text(code, fb_error_text());
}

PyObject *error_raise_config(int code)
{
	return code == -EINVAL ? raise(config_error, EINVAL, fb_error_text()) : error_raise(code);
}
