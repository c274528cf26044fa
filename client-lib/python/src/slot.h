/* slot.h: one slot to write a frame into, then to publish or to cancel. */
#ifndef FRAMEBROKER_PYTHON_SLOT_H
#define FRAMEBROKER_PYTHON_SLOT_H
#include <framebroker.h>
#include <Python.h>
#include <stdbool.h>

/* Creates the type. 0, or -1 with an exception. */
int slot_add(PyObject *module);

/* Whether class can be the type of slots: a subclass of _core.Slot. False with an exception. */
bool slot_is_type(PyObject *class);

/* A new slot of that type, which takes over the claim, on failure too. */
PyObject *slot_new(PyTypeObject *type, struct fb_slot *claimed, PyObject *writer, PyObject *stream);

#endif
