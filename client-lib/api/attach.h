/* attach.h: the way of a reader to a generation: connecting, opening, attaching. */
#ifndef FRAMEBROKER_API_ATTACH_H
#define FRAMEBROKER_API_ATTACH_H
#include "api/reader.h"

/* In a forked child, before anything else: what a thread of the parent had or locked is let go. */
void reader_adopt(struct fb_reader *reader);

/* A place at the broker, where it has none. */
int reader_take_place(struct fb_reader *reader, int64_t deadline_ns);

/* Has a generation to read from, connecting, opening and attaching as needed, until the deadline.
 * 0; -ETIMEDOUT; -ENODATA: the stream has ended; -ENOENT … as the broker says. */
int reader_attach(struct fb_reader *reader, int64_t deadline_ns);

/* A deadline for one look at the ring, after which the connection wants a look. */
int64_t reader_slice(int64_t deadline_ns);

/* -ETIMEDOUT, with a sentence on the stream's state. */
int reader_timed_out(const struct fb_reader *reader);

#endif
