/* slot.c: the slot object. Its arrays stay what they are after publish() or cancel(), when they must only be read: the
 * slot's memory is held for them. */
#define PY_SSIZE_T_CLEAN
#include "slot.h"
#include "errors.h"
#include "info.h"
#include "plane.h"
#include <errno.h>
#include <stddef.h>
#include <structmember.h>
#include <unistd.h>

struct slot {
	struct exporter exporter;
	struct fb_slot slot;
	struct fb_frame held; /* for the arrays that were alive when the slot was published or cancelled: */
	bool is_held;
	pid_t process; /* a forked child has not the memory of its parent's slots */
	struct fb_stream_info info;
	PyObject *writer, *stream;
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
	self->process = getpid();
	self->info = *claimed->info;
	self->writer = Py_NewRef(writer); /* which closes when nobody refers to it */
	self->stream = Py_NewRef(stream);
	return (PyObject *)self;
}

static void slot_dealloc(PyObject *object)
{
	struct slot *self = (struct slot *)object;
	PyTypeObject *type = Py_TYPE(object);
	fb_slot_cancel(&self->slot); /* nothing, where that was done or it was published */
	fb_frame_release(&self->held);
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

static bool check_pixels(const struct slot *self)
{
	if (!check_open(self))
		return false;
	if (self->process != getpid())
		error_raise_text(EINVAL, "this slot was claimed before the process forked: it is the parent's");
	return self->process == getpid();
}

static void hold_for_arrays(struct slot *self)
{
	if (self->exporter.exports && !self->is_held)
		self->is_held = fb_slot_hold(&self->slot, &self->held) == 0;
}

/* _publish(metadata) -> the sequence number; None: in a pool, its turn had passed */
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
	hold_for_arrays(self);
	uint64_t seq;
	int code = fb_slot_publish(&self->slot, &seq);
	if (code && code != -ESTALE)
		return error_raise(code);
	self->exporter.gone = true;
	if (code)
		Py_RETURN_NONE;
	return PyLong_FromUnsignedLongLong(seq);
}

static PyObject *slot_cancel(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct slot *self = (struct slot *)object;
	if (!self->exporter.gone)
		hold_for_arrays(self);
	fb_slot_cancel(&self->slot);
	self->exporter.gone = true;
	Py_RETURN_NONE;
}

static PyObject *plane_of(struct slot *self, uint32_t index)
{
	PyObject *owners = PyTuple_Pack(1, self);
	if (!owners)
		return NULL;
	const struct plane_source source = {.info = &self->info,
					    .index = index,
					    .rows = self->info.media == FB_AUDIO ? self->slot.samples
										 : self->info.plane[index].rows,
					    .data = self->slot.data[index],
					    .linesize = self->slot.linesize[index]};
	PyObject *plane = plane_new(owners, &source);
	Py_DECREF(owners);
	return plane;
}

static PyObject *slot_planes(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct slot *self = (struct slot *)object;
	if (!check_pixels(self))
		return NULL;
	PyObject *planes = PyTuple_New(self->info.planes);
	for (uint32_t i = 0; planes && i < self->info.planes; i++) {
		PyObject *plane = plane_of(self, i);
		if (!plane || PyTuple_SetItem(planes, i, plane) < 0)
			Py_CLEAR(planes);
	}
	return planes;
}

static int slot_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
	struct slot *self = (struct slot *)object;
	view->obj = NULL;
	if (!check_pixels(self))
		return -1;
	if (self->info.planes != 1) {
		PyErr_SetString(PyExc_BufferError, "this slot has several planes: take slot.planes");
		return -1;
	}
	PyObject *plane = plane_of(self, 0);
	int result = plane ? PyObject_GetBuffer(plane, view, flags) : -1;
	Py_XDECREF(plane);
	return result;
}

static PyObject *slot_get_pts(PyObject *object, void *unused)
{
	(void)unused;
	int64_t pts_ns = ((struct slot *)object)->slot.pts_ns;
	return pts_ns == FB_PTS_AUTO ? Py_NewRef(Py_None) : PyLong_FromLongLong(pts_ns);
}

static int slot_set_pts(PyObject *object, PyObject *value, void *unused)
{
	(void)unused;
	int64_t pts_ns = value && value != Py_None ? PyLong_AsLongLong(value) : FB_PTS_AUTO;
	if (PyErr_Occurred())
		return -1;
	((struct slot *)object)->slot.pts_ns = pts_ns;
	return 0;
}

static PyObject *slot_get_samples(PyObject *object, void *unused)
{
	(void)unused;
	return PyLong_FromUnsignedLong(((struct slot *)object)->slot.samples);
}

static int slot_set_samples(PyObject *object, PyObject *value, void *unused)
{
	(void)unused;
	struct slot *self = (struct slot *)object;
	long samples = value ? PyLong_AsLong(value) : 0;
	if (PyErr_Occurred())
		return -1;
	if (samples < 1 || samples > (long)self->info.frame_size) {
		PyErr_Format(PyExc_ValueError, "%ld samples: from 1 to %u (frame_size)", samples,
			     self->info.frame_size);
		return -1;
	}
	self->slot.samples = (uint32_t)samples;
	return 0;
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
	static PyMemberDef members[] = {{"duration_ns", T_LONGLONG, offsetof(struct slot, slot.duration_ns), 0, NULL},
					{"_done", T_BOOL, offsetof(struct slot, exporter.gone), READONLY, NULL},
					{0}};
	static PyGetSetDef properties[] = {{.name = "_info", .get = slot_info},
					   {.name = "pts_ns", .get = slot_get_pts, .set = slot_set_pts},
					   {.name = "samples", .get = slot_get_samples, .set = slot_set_samples},
					   {0}};
	static PyMethodDef methods[] = {{"_planes", slot_planes, METH_NOARGS, NULL},
					{"_publish", slot_publish, METH_O, NULL},
					{"_cancel", slot_cancel, METH_NOARGS, NULL},
					{0}};
	PyType_Slot slots[] = {{Py_tp_dealloc, slot_dealloc},      {Py_tp_members, members},
			       {Py_tp_getset, properties},         {Py_tp_methods, methods},
			       {Py_bf_getbuffer, slot_get_buffer}, {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Slot",
			    .basicsize = sizeof(struct slot),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
			    .slots = slots};
	slot_type = (PyTypeObject *)PyType_FromSpec(&spec);
	return slot_type ? PyModule_AddType(module, slot_type) : -1;
}
