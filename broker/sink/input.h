/* input.h: a stream read through the public API, for as long as the sink lives: waits until it exists, goes on when it
 * comes back. One thread uses it. */
#ifndef FRAMEBROKER_SINK_INPUT_H
#define FRAMEBROKER_SINK_INPUT_H
#include "sink/host.h"

struct input {
	struct host *host;
	const char *stream;
	enum report_of report; /* under which it is told that the stream cannot be read */
	fb_reader *reader;
	bool alone;       /* the stream allows only one held frame */
	int64_t retry_ns; /* no reader: not opened before that time */
};

/* A fallback is read for its newest frame; other streams for every one, lossless where they allow it. */
void input_init(struct input *input, struct host *host, const char *stream, enum report_of report);
void input_close(struct input *input);

/* The next frame, for fb_frame_release(), waited for until that monotonic time. -ETIMEDOUT; -ENODATA: the stream has
 * ended; -ECANCELED: the worker is to stop. That the stream does not exist (yet) is reported, and waited for. */
int input_read(struct input *input, int64_t until_ns, struct fb_frame *ret_frame);

/* The layout as far as it is known; NULL: not at all. */
const struct fb_stream_info *input_info(const struct input *input);

#endif
