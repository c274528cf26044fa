/* frame.h: one frame: its times and flags as plain attributes, its pixels as planes, and the hold on its slot. */
#ifndef FRAMEBROKER_PYTHON_FRAME_H
#define FRAMEBROKER_PYTHON_FRAME_H
#include <framebroker.h>
#include <Python.h>
#include <stdbool.h>

/* Creates the type, and stack(). 0, or -1 with an exception. */
int frame_add(PyObject *module);

/* Whether class can be the type of frames: a subclass of _core.Frame. False with an exception. */
bool frame_is_type(PyObject *class);

enum frame_pixels {
	FRAME_SHARED,
	FRAME_COPIED,   /* private, and the slot is let go */
	FRAME_HELD_COPY /* private, and the slot is held until frame_let_go(): a group's member works on it */
};

/* A new frame of that type, which takes over the hold, on failure too. */
PyObject *frame_new(PyTypeObject *type, struct fb_frame *held, PyObject *stream, enum fb_state state,
		    enum frame_pixels pixels);

/* Lets the slot of a FRAME_HELD_COPY go. */
void frame_let_go(PyObject *frame);

/* What it was made of, for fb_writer_claim(), with info pointing into the object. False with an exception: no Frame. */
bool frame_origin(PyObject *object, struct fb_frame *ret_origin);

#endif
