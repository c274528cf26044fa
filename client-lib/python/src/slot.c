/* slot.c: the slot object. Its arrays stay mapped after publish(), when they must only be read. */
#define PY_SSIZE_T_CLEAN
#include "slot.h"
#include "errors.h"
#include "info.h"
#include "plane.h"
#include "writer.h"
#include <errno.h>
#include <stddef.h>
#include <structmember.h>

struct slot {
	struct exporter exporter;
	struct fb_slot slot;
	struct fb_stream_info info;
	PyObject *writer, *stream;
	bool counted; /* the writer knows that its memory is looked at */
};

static PyTypeObject *slot_type;

PyObject *slot_new(PyTypeObject *type, struct fb_slot *claimed, PyObject *writer, PyObject *stream)
{
	struct slot *self = (struct slot *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
	if (!self) {
		fb_slot_cancel(claimed);
		return NULL;
	}
	self->slot = *claimed;
	self->info = *claimed->info;
	self->writer = Py_NewRef(writer);
	self->stream = Py_NewRef(stream);
	self->counted = true;
	writer_slot_begins(writer);
	return (PyObject *)self;
}

/* A slot that is done and has no arrays keeps no writer from closing. */
static void let_writer_go(struct slot *self)
{
	if (!self->exporter.gone || self->exporter.exports || !self->counted)
		return;
	self->counted = false;
	writer_slot_ends(self->writer);
}

static void slot_dealloc(PyObject *object)
{
	struct slot *self = (struct slot *)object;
	PyTypeObject *type = Py_TYPE(object);
	if (!self->exporter.gone)
		fb_slot_cancel(&self->slot);
	self->exporter.gone = true;
	if (self->writer)
		let_writer_go(self);
	Py_XDECREF(self->stream);
	Py_XDECREF(self->writer);
	((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
	Py_DECREF(type);
}

static bool check_open(const struct slot *self)
{
	if (self->exporter.gone)
		error_raise_text(EINVAL, "this slot was published or cancelled already: ask for another one");
	return !self->exporter.gone;
}

/* _publish(metadata) -> the sequence number */
static PyObject *slot_publish(PyObject *object, PyObject *metadata)
{
	struct slot *self = (struct slot *)object;
	char *bytes;
	Py_ssize_t size;
	if (!check_open(self) || PyBytes_AsStringAndSize(metadata, &bytes, &size) < 0)
		return NULL;
	if (size > self->info.max_metadata)
		return PyErr_Format(PyExc_ValueError,
				    "%zd bytes of metadata: the stream has room for %u (metadata_size)", size,
				    self->info.max_metadata);
	self->slot.metadata = bytes;
	self->slot.metadata_size = (size_t)size;
	uint64_t seq;
	int code = fb_slot_publish(&self->slot, &seq);
	if (code)
		return error_raise(code);
	self->exporter.gone = true;
	let_writer_go(self);
	return PyLong_FromUnsignedLongLong(seq);
}

static PyObject *slot_cancel(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct slot *self = (struct slot *)object;
	if (!self->exporter.gone)
		fb_slot_cancel(&self->slot);
	self->exporter.gone = true;
	let_writer_go(self);
	Py_RETURN_NONE;
}

static PyObject *slot_planes(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct slot *self = (struct slot *)object;
	if (!check_open(self))
		return NULL;
	PyObject *owners = PyTuple_Pack(1, object);
	PyObject *planes = owners ? PyTuple_New(self->info.planes) : NULL;
	for (uint32_t i = 0; planes && i < self->info.planes; i++) {
		const struct plane_source source = {.info = &self->info,
						    .index = i,
						    .rows = self->info.media == FB_AUDIO ? self->slot.samples
											 : self->info.plane[i].rows,
						    .data = self->slot.data[i],
						    .linesize = self->slot.linesize[i]};
		PyObject *plane = plane_new(owners, &source);
		if (!plane || PyTuple_SetItem(planes, i, plane) < 0)
			Py_CLEAR(planes);
	}
	Py_XDECREF(owners);
	return planes;
}

static PyObject *slot_info(PyObject *object, void *unused)
{
	(void)unused;
	struct slot *self = (struct slot *)object;
	return info_tuple(self->stream, FB_LIVE, &self->info);
}

bool slot_is_type(PyObject *class)
{
	if (PyType_Check(class) && PyType_IsSubtype((PyTypeObject *)class, slot_type))
		return true;
	PyErr_SetString(PyExc_TypeError, "a subclass of _core.Slot is wanted");
	return false;
}

int slot_add(PyObject *module)
{
	static PyMemberDef members[] = {{"pts_ns", T_LONGLONG, offsetof(struct slot, slot.pts_ns), 0, NULL},
					{"duration_ns", T_LONGLONG, offsetof(struct slot, slot.duration_ns), 0, NULL},
					{"_done", T_BOOL, offsetof(struct slot, exporter.gone), READONLY, NULL},
					{0}};
	static PyGetSetDef properties[] = {{.name = "_info", .get = slot_info}, {0}};
	static PyMethodDef methods[] = {{"_planes", slot_planes, METH_NOARGS, NULL},
					{"_publish", slot_publish, METH_O, NULL},
					{"_cancel", slot_cancel, METH_NOARGS, NULL},
					{0}};
	PyType_Slot slots[] = {{Py_tp_dealloc, slot_dealloc},
			       {Py_tp_members, members},
			       {Py_tp_getset, properties},
			       {Py_tp_methods, methods},
			       {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Slot",
			    .basicsize = sizeof(struct slot),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
			    .slots = slots};
	slot_type = (PyTypeObject *)PyType_FromSpec(&spec);
	return slot_type ? PyModule_AddType(module, slot_type) : -1;
}
