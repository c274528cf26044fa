/* reading.h: what reading one frame, a batch, and frames by their time have in common. */
#ifndef FRAMEBROKER_API_READING_H
#define FRAMEBROKER_API_READING_H
#include "api/attach.h"

/* A public call begins, and ends with that error or success. -EBUSY: another thread's has not ended. */
int reader_begin(struct fb_reader *reader);
int reader_end(struct fb_reader *reader, int err);

/* What to do with an error of a ring call: 0: try again; else the error to return. */
int reader_after(struct fb_reader *reader, int err, int64_t deadline_ns);

/* Gives out a held frame: counts, and fills *ret_frame. */
void reader_give(struct fb_reader *reader, const struct ring_frame *frame, struct fb_frame *ret_frame);

#endif
