/* writer.h: a writer's inside, shared by writing, its slots and the workers' part. */
#ifndef FRAMEBROKER_API_WRITER_H
#define FRAMEBROKER_API_WRITER_H
#include "api/desk.h"
#include "api/use.h"

struct fb_writer {
	_Atomic uint32_t refs;
	struct use use;
	struct fb_broker *broker;
	char stream[LIMIT_NAME + 1];
	char *create; /* keys, "" for a declared stream */
	bool worker;  /* opened with its own layout: is not opened again by itself */
	atomic_bool closed;
	struct desk *desk;           /* NULL: none yet, or the connection was lost */
	struct request *asked;       /* for a desk, and no answer yet; NULL: not asked */
	char awaits[LIMIT_NAME + 1]; /* until that stream has a layout; "": for another reason */
	struct fb_stream_info info;  /* of the newest desk */
	int64_t looked_ns;           /* when the connection was last looked at */
	int64_t opened_ns;           /* CLOCK_MONOTONIC: FB_PTS_AUTO counts from here */
	struct {
		_Atomic int64_t pts_ns, duration_ns;
		_Atomic int64_t at_ns; /* CLOCK_MONOTONIC; 0: none yet */
	} last;                        /* frame published, by whatever thread */
};

struct fb_writer *writer_ref(struct fb_writer *writer);
void writer_unref(struct fb_writer *writer); /* NULL is fine */

#endif
