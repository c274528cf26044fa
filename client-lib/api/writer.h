/* writer.h: a writer's inside, shared with the workers' part. */
#ifndef FRAMEBROKER_API_WRITER_H
#define FRAMEBROKER_API_WRITER_H
#include "api/link.h"
#include "api/worker.h"
#include "ring/writer.h"

struct desk { /* one generation's writing side; claimed slots keep references */
	_Atomic uint32_t refs;
	struct fb_broker *broker;
	uint32_t session, place;
	int64_t opened_ns; /* CLOCK_MONOTONIC: FB_PTS_AUTO counts from here */
	struct ring_writer *ring;
};

/* Sends WRITER_OPEN, maps what comes, and says READY. Blocks as long as the core reserves memory. */
int desk_open(struct fb_broker *broker, uint32_t session, struct wire_message *open, struct desk **ret_desk);
struct desk *desk_ref(struct desk *desk);
void desk_unref(struct desk *desk); /* NULL is fine */

/* No more frames: tells readers and the broker; drops one reference. NULL is fine. -EPIPE: the broker had gone. */
int desk_close(struct desk *desk, bool end_of_stream);

struct fb_writer {
	_Atomic uint32_t refs;
	struct fb_broker *broker;
	char stream[LIMIT_NAME + 1];
	char *create; /* keys, "" for a declared stream */
	bool worker;  /* opened with its own layout: is not opened again by itself */
	bool closed;
	struct desk *desk;          /* NULL: the connection was lost, and not opened again yet */
	struct fb_stream_info info; /* of the newest desk */
	int64_t looked_ns;          /* when the connection was last looked at */
};

#endif
