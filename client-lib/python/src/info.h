/* info.h: a stream's layout as a plain tuple; framebroker/_info.py makes a StreamInfo of it. */
#ifndef FRAMEBROKER_PYTHON_INFO_H
#define FRAMEBROKER_PYTHON_INFO_H
#include <framebroker.h>
#include <Python.h>

/* A new tuple: name, state, then the fields in the order of StreamInfo, fractions as two numbers. info NULL: all zero.
 */
PyObject *info_tuple(PyObject *name, enum fb_state state, const struct fb_stream_info *info);

#endif
