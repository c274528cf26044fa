/* module.c: framebroker._core, what the Python files of this package stand on: handles, frames and memory. */
#define PY_SSIZE_T_CLEAN
#include "broker.h"
#include "errors.h"
#include "events.h"
#include "frame.h"
#include "plane.h"
#include "reader.h"
#include "slot.h"
#include "writer.h"
#include <Python.h>

PyMODINIT_FUNC PyInit__core(void)
{
	static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "framebroker._core", .m_size = -1};
	PyObject *module = PyModule_Create(&definition);
	if (!module)
		return NULL;
	if (errors_add(module) || broker_add(module) || events_add(module) || plane_add(module) || frame_add(module) ||
	    reader_add(module) || slot_add(module) || writer_add(module))
		Py_CLEAR(module);
	return module;
}
