/* frame.c: the frame object. Whatever is not pixels is copied when it is made, so that it stays readable after
 * release(). */
#define PY_SSIZE_T_CLEAN
#include "frame.h"
#include "guard.h"
#include "info.h"
#include "plane.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <structmember.h>
#include <unistd.h>

struct frame {
	struct exporter exporter;
	struct fb_frame frame; /* as the library filled it */
	struct fb_stream_info info;
	PyObject *stream, *metadata;
	enum fb_state state;
	uint8_t *data[4]; /* in the slot or in the private pixels */
	int32_t linesize[4];
	void *private_pixels;
	pid_t process; /* a forked child must not look at what its parent holds */
	int guard;
};

static PyTypeObject *frame_type;

static uint32_t plane_count(const struct frame *self)
{
	return self->info.planes <= 4 ? self->info.planes : 4;
}

static uint32_t plane_rows(const struct frame *self, uint32_t index)
{
	uint32_t rows = self->info.plane[index].rows;
	return self->info.media == FB_AUDIO && self->frame.samples < rows ? self->frame.samples : rows;
}

/* Copies the planes, without the padding of their rows, into memory of our own. Needs no GIL. */
static bool copy_pixels(struct frame *self)
{
	size_t size = 0;
	for (uint32_t i = 0; i < plane_count(self); i++)
		size += (size_t)plane_rows(self, i) * self->info.plane[i].row_bytes;
	uint8_t *to = self->private_pixels = malloc(size ? size : 1);
	if (!to)
		return false;
	for (uint32_t i = 0; i < plane_count(self); i++) {
		size_t row_bytes = self->info.plane[i].row_bytes;
		self->data[i] = to;
		self->linesize[i] = (int32_t)row_bytes;
		for (uint32_t row = 0; row < plane_rows(self, i); row++, to += row_bytes)
			memcpy(to, self->frame.data[i] + (ptrdiff_t)row * self->frame.linesize[i], row_bytes);
	}
	return true;
}

static void use_shared_pixels(struct frame *self)
{
	const uint8_t *end = self->frame.data[0];
	for (uint32_t i = 0; i < plane_count(self); i++) {
		self->data[i] = (uint8_t *)self->frame.data[i]; /* the planes made of it are read-only */
		self->linesize[i] = self->frame.linesize[i];
		const uint8_t *plane_end = self->data[i] + (ptrdiff_t)plane_rows(self, i) * self->linesize[i];
		end = plane_end > end ? plane_end : end;
	}
	self->guard = guard_add(self->frame.data[0], end);
}

/* A packet's bytes are one row. */
static void describe_packet(struct frame *self)
{
	self->info.planes = 1;
	self->info.plane[0] = (struct fb_plane){1, self->frame.size, 1, 1};
	self->frame.linesize[0] = (int32_t)self->frame.size;
}

PyObject *frame_new(PyTypeObject *type, struct fb_frame *held, PyObject *stream, enum fb_state state,
		    enum frame_pixels pixels)
{
	struct frame *self = (struct frame *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
	if (!self) {
		fb_frame_release(held);
		return NULL;
	}
	self->frame = *held;
	self->info = *held->info;
	if (held->info->media == FB_PACKET)
		describe_packet(self);
	self->stream = Py_NewRef(stream);
	self->state = state;
	self->guard = -1;
	self->process = getpid();
	self->metadata = PyBytes_FromStringAndSize(held->metadata, (Py_ssize_t)held->metadata_size);
	bool done = self->metadata;
	if (pixels == FRAME_SHARED) {
		use_shared_pixels(self);
	} else if (done) {
		Py_BEGIN_ALLOW_THREADS done = copy_pixels(self);
		if (pixels == FRAME_COPIED)
			fb_frame_release(&self->frame);
		Py_END_ALLOW_THREADS if (!done) PyErr_NoMemory();
	}
	if (!done)
		Py_CLEAR(self);
	return (PyObject *)self;
}

static void drop_pixels(struct frame *self)
{
	guard_remove(self->guard);
	self->guard = -1;
	self->exporter.gone = true;
	fb_frame_release(&self->frame);
	free(self->private_pixels);
	self->private_pixels = NULL;
}

void frame_let_go(PyObject *frame)
{
	fb_frame_release(&((struct frame *)frame)->frame);
}

static void frame_dealloc(PyObject *object)
{
	struct frame *self = (struct frame *)object;
	PyTypeObject *type = Py_TYPE(object);
	drop_pixels(self);
	Py_XDECREF(self->metadata);
	Py_XDECREF(self->stream);
	((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
	Py_DECREF(type);
}

static PyObject *frame_release(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct frame *self = (struct frame *)object;
	if (self->exporter.exports) {
		PyErr_SetString(PyExc_BufferError, "arrays of this frame are alive: delete them first");
		return NULL;
	}
	drop_pixels(self);
	Py_RETURN_NONE;
}

static PyObject *plane_of(struct frame *self, uint32_t index)
{
	PyObject *owners = PyTuple_Pack(1, self);
	if (!owners)
		return NULL;
	PyObject *plane = plane_new(owners, &(struct plane_source){.info = &self->info,
								   .index = index,
								   .rows = plane_rows(self, index),
								   .data = self->data[index],
								   .linesize = self->linesize[index],
								   .readonly = !self->private_pixels});
	Py_DECREF(owners);
	return plane;
}

static bool check_pixels(const struct frame *self)
{
	if (self->exporter.gone)
		PyErr_SetString(PyExc_ValueError, "this frame is released: its pixels are gone");
	else if (!self->private_pixels && self->process != getpid())
		PyErr_SetString(PyExc_ValueError, "this frame is the parent's, which alone holds it: read it here with "
						  "reader.at(pts_ns), or send frame.copy()");
	else
		return true;
	return false;
}

/* All planes, as a tuple. */
static PyObject *frame_planes(PyObject *object, PyObject *unused)
{
	(void)unused;
	struct frame *self = (struct frame *)object;
	if (!check_pixels(self))
		return NULL;
	PyObject *planes = PyTuple_New(plane_count(self));
	for (uint32_t i = 0; planes && i < plane_count(self); i++) {
		PyObject *plane = plane_of(self, i);
		if (!plane || PyTuple_SetItem(planes, i, plane) < 0)
			Py_CLEAR(planes);
	}
	return planes;
}

static int frame_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
	struct frame *self = (struct frame *)object;
	view->obj = NULL;
	if (!check_pixels(self))
		return -1;
	if (plane_count(self) != 1) {
		PyErr_SetString(PyExc_BufferError, "this frame has several planes: take frame.planes or frame.copy()");
		return -1;
	}
	PyObject *plane = plane_of(self, 0);
	int result = plane ? PyObject_GetBuffer(plane, view, flags) : -1;
	Py_XDECREF(plane);
	return result;
}

static PyObject *frame_info(PyObject *object, void *unused)
{
	(void)unused;
	struct frame *self = (struct frame *)object;
	return info_tuple(self->stream, self->state, &self->info);
}

static PyObject *frame_flag(PyObject *object, void *flag)
{
	return PyBool_FromLong(((struct frame *)object)->frame.flags & (uintptr_t)flag);
}

/* stack(frames): one plane over frames that lie side by side in shared memory, in this order; None where they do not.
 */
static PyObject *frame_stack(PyObject *module, PyObject *frames)
{
	(void)module;
	PyObject *owners = PySequence_Tuple(frames);
	if (!owners)
		return NULL;
	Py_ssize_t count = PyTuple_Size(owners);
	struct frame *first = NULL;
	bool side_by_side = count > 0;
	for (Py_ssize_t i = 0; i < count && side_by_side; i++) {
		struct frame *each = (struct frame *)PyTuple_GetItem(owners, i);
		side_by_side = PyObject_TypeCheck((PyObject *)each, frame_type) && !each->exporter.gone &&
			       !each->private_pixels && plane_count(each) == 1;
		if (i == 0)
			first = each;
		else if (side_by_side)
			side_by_side = each->info.generation == first->info.generation &&
				       each->linesize[0] == first->linesize[0] &&
				       plane_rows(each, 0) == plane_rows(first, 0) &&
				       each->data[0] == first->data[0] + (size_t)i * first->info.slot_bytes;
	}
	PyObject *plane = NULL;
	if (side_by_side)
		plane = plane_new(owners, &(struct plane_source){.info = &first->info,
								 .rows = plane_rows(first, 0),
								 .data = first->data[0],
								 .linesize = first->linesize[0],
								 .frames = count,
								 .frame_bytes = (Py_ssize_t)first->info.slot_bytes,
								 .readonly = true});
	else
		plane = Py_NewRef(Py_None);
	Py_DECREF(owners);
	return plane;
}

bool frame_is_type(PyObject *class)
{
	if (PyType_Check(class) && PyType_IsSubtype((PyTypeObject *)class, frame_type))
		return true;
	PyErr_SetString(PyExc_TypeError, "a subclass of _core.Frame is wanted");
	return false;
}

bool frame_origin(PyObject *object, struct fb_frame *ret_origin)
{
	if (!PyObject_TypeCheck(object, frame_type)) {
		PyErr_SetString(PyExc_TypeError, "origin: the Frame that this one is made from");
		return false;
	}
	*ret_origin = ((struct frame *)object)->frame;
	ret_origin->info = &((struct frame *)object)->info;
	return true;
}

#define MEMBER(NAME, FIELD, TYPE)                                                                                      \
	{                                                                                                              \
		NAME, TYPE, offsetof(struct frame, FIELD), READONLY, NULL                                              \
	}
#define FLAG(NAME, FLAG)                                                                                               \
	{                                                                                                              \
		.name = NAME, .get = frame_flag, .closure = (void *)(uintptr_t)(FLAG)                                  \
	}

int frame_add(PyObject *module)
{
	static PyMemberDef members[] = {MEMBER("seq", frame.seq, T_ULONGLONG),
					MEMBER("pts_ns", frame.pts_ns, T_LONGLONG),
					MEMBER("duration_ns", frame.duration_ns, T_LONGLONG),
					MEMBER("capture_ns", frame.capture_ns, T_LONGLONG),
					MEMBER("utc_ns", frame.utc_ns, T_LONGLONG),
					MEMBER("dts_ns", frame.dts_ns, T_LONGLONG),
					MEMBER("track", frame.track, T_UINT),
					MEMBER("missed", frame.missed, T_UINT),
					MEMBER("_generation", info.generation, T_UINT),
					MEMBER("metadata", metadata, T_OBJECT_EX),
					{0}};
	static PyGetSetDef properties[] = {{.name = "_info", .get = frame_info},
					   FLAG("key_frame", FB_KEY_FRAME),
					   FLAG("corrupt", FB_CORRUPT),
					   FLAG("discontinuity", FB_DISCONTINUITY),
					   {0}};
	static PyMethodDef methods[] = {
		{"_planes", frame_planes, METH_NOARGS, NULL},
		{"release", frame_release, METH_NOARGS, "Lets the slot go. BufferError while arrays of it are alive."},
		{0}};
	static PyMethodDef functions[] = {{"stack", frame_stack, METH_O, NULL}, {0}};
	PyType_Slot slots[] = {{Py_tp_dealloc, frame_dealloc},      {Py_tp_members, members},
			       {Py_tp_getset, properties},          {Py_tp_methods, methods},
			       {Py_bf_getbuffer, frame_get_buffer}, {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Frame",
			    .basicsize = sizeof(struct frame),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
			    .slots = slots};
	frame_type = (PyTypeObject *)PyType_FromSpec(&spec);
	if (!frame_type || PyModule_AddType(module, frame_type) < 0)
		return -1;
	return PyModule_AddFunctions(module, functions);
}
