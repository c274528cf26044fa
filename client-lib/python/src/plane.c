/* plane.c: the buffer exporter. Shape: [frames,] rows, columns [, components] for pictures, samples, channels for
 * sound; bytes for a packet. */
#define PY_SSIZE_T_CLEAN
#include "plane.h"
#include <string.h>

struct plane {
	PyObject ob_base;
	PyObject *owners;
	void *data;
	char format[3];
	bool readonly;
	int dimensions;
	Py_ssize_t itemsize, shape[4], strides[4];
};

static PyTypeObject *plane_type;

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);
	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* The element as the struct module names it. */
static const char *element_format(const struct fb_stream_info *info, uint32_t sample_bytes)
{
	bool is_float = strstr(info->format, "f32") || strcmp(info->format, "flt") == 0;
	bool is_big_endian = ends_with(info->format, "be");
	if (sample_bytes == 4 && is_float)
		return is_big_endian ? ">f" : "f";
	if (sample_bytes == 4)
		return info->media == FB_AUDIO ? "i" : is_big_endian ? ">I" : "I";
	if (sample_bytes == 2)
		return info->media == FB_AUDIO ? "h" : is_big_endian ? ">H" : "H";
	return "B";
}

static void add_axis(struct plane *self, Py_ssize_t length, Py_ssize_t stride)
{
	self->shape[self->dimensions] = length;
	self->strides[self->dimensions++] = stride;
}

PyObject *plane_new(PyObject *owners, const struct plane_source *source)
{
	const struct fb_plane *layout = &source->info->plane[source->index];
	Py_ssize_t itemsize = layout->sample_bytes, components = layout->components, columns;
	if (itemsize != 2 && itemsize != 4)
		itemsize = 1;
	if (source->info->media == FB_AUDIO)
		components = 1; /* the channels are the columns */
	if (components < 1 || layout->row_bytes % (itemsize * components))
		itemsize = components = 1;
	columns = layout->row_bytes / (itemsize * components);

	allocfunc alloc = (allocfunc)PyType_GetSlot(plane_type, Py_tp_alloc);
	struct plane *self = (struct plane *)alloc(plane_type, 0);
	if (!self)
		return NULL;
	self->owners = Py_NewRef(owners);
	self->data = source->data;
	self->readonly = source->readonly;
	self->itemsize = itemsize;
	strcpy(self->format, element_format(source->info, (uint32_t)itemsize));
	if (source->frames)
		add_axis(self, source->frames, source->frame_bytes);
	if (source->info->media != FB_PACKET)
		add_axis(self, source->rows, source->linesize);
	add_axis(self, columns, itemsize * components);
	if (components > 1)
		add_axis(self, components, itemsize);
	return (PyObject *)self;
}

static void plane_dealloc(PyObject *object)
{
	PyTypeObject *type = Py_TYPE(object);
	Py_XDECREF(((struct plane *)object)->owners);
	((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
	Py_DECREF(type);
}

static void count_export(struct plane *self, int step)
{
	for (Py_ssize_t i = 0; i < PyTuple_Size(self->owners); i++)
		((struct exporter *)PyTuple_GetItem(self->owners, i))->exports += step;
}

static bool has_owners(const struct plane *self)
{
	for (Py_ssize_t i = 0; i < PyTuple_Size(self->owners); i++)
		if (((struct exporter *)PyTuple_GetItem(self->owners, i))->gone)
			return false;
	return true;
}

static bool has_all(int flags, int wanted)
{
	return (flags & wanted) == wanted;
}

static const char *refusal(const struct plane *self, const Py_buffer *view, int flags)
{
	if (!has_owners(self))
		return "this frame is released: its pixels are gone";
	if (self->readonly && has_all(flags, PyBUF_WRITABLE))
		return "a shared frame is read-only: take frame.copy(), or open the reader with copy=True";
	bool rows_only = !has_all(flags, PyBUF_STRIDES) || has_all(flags, PyBUF_C_CONTIGUOUS);
	if ((rows_only && !PyBuffer_IsContiguous(view, 'C')) ||
	    (has_all(flags, PyBUF_F_CONTIGUOUS) && !PyBuffer_IsContiguous(view, 'F')) ||
	    (has_all(flags, PyBUF_ANY_CONTIGUOUS) && !PyBuffer_IsContiguous(view, 'A')))
		return "the rows of this frame are padded: take frame.copy()";
	return NULL;
}

static int plane_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
	struct plane *self = (struct plane *)object;
	Py_buffer full = {.buf = self->data,
			  .len = self->itemsize,
			  .itemsize = self->itemsize,
			  .readonly = self->readonly,
			  .ndim = self->dimensions,
			  .format = self->format,
			  .shape = self->shape,
			  .strides = self->strides};
	for (int i = 0; i < self->dimensions; i++)
		full.len *= self->shape[i];
	const char *reason = refusal(self, &full, flags);
	if (reason) {
		view->obj = NULL;
		PyErr_SetString(PyExc_BufferError, reason);
		return -1;
	}
	*view = full;
	view->obj = Py_NewRef(object);
	if (!has_all(flags, PyBUF_FORMAT))
		view->format = NULL;
	if (!has_all(flags, PyBUF_STRIDES))
		view->strides = NULL;
	if (!has_all(flags, PyBUF_ND))
		view->shape = NULL;
	count_export(self, 1);
	return 0;
}

static void plane_release_buffer(PyObject *object, Py_buffer *view)
{
	(void)view;
	count_export((struct plane *)object, -1);
}

int plane_add(PyObject *module)
{
	PyType_Slot slots[] = {{Py_tp_dealloc, plane_dealloc},
			       {Py_bf_getbuffer, plane_get_buffer},
			       {Py_bf_releasebuffer, plane_release_buffer},
			       {0, NULL}};
	PyType_Spec spec = {.name = "framebroker._core.Plane",
			    .basicsize = sizeof(struct plane),
			    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
			    .slots = slots};
	plane_type = (PyTypeObject *)PyType_FromSpec(&spec);
	return plane_type ? PyModule_AddType(module, plane_type) : -1;
}
