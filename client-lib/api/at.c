/* at.c: frames by their time. */
#include "api/reading.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>

/* Whether moving on to the next generation would lose frames that reading in order gives. */
static bool has_unread(const struct fb_reader *reader)
{
	const struct ring_reader *ring = reader->attachment->ring;
	return reader->mode != FB_LATEST && ring_reader_position(ring) <= ring_map_final(ring_reader_map(ring));
}

static int at(struct fb_reader *reader, int64_t pts_ns, int64_t deadline, struct fb_frame *ret_frame)
{
	for (;;) {
		int err = reader_attach(reader, deadline);
		if (err < 0)
			return err;
		struct ring_frame frame;
		err = ring_reader_at(reader->attachment->ring, pts_ns, reader_slice(deadline), &frame);
		if (err == 0) {
			attachment_fill(reader->attachment, &frame, ret_frame);
			return 0;
		}
		if (err == -ENODATA && has_unread(reader))
			return error_set(ESTALE,
					 "that frame of %s came after a change of its layout or writer: read the "
					 "frames before it first",
					 reader->stream);
		err = reader_after(reader, err, deadline);
		if (err < 0)
			return err;
	}
}

int fb_reader_at(fb_reader *reader, int64_t pts_ns, int64_t timeout_ns, struct fb_frame *ret_frame)
{
	int64_t deadline = clock_deadline(timeout_ns);
	int err = reader_begin(reader);
	return err < 0 ? err : reader_end(reader, at(reader, pts_ns, deadline, ret_frame));
}

void fb_worker_reader_rewind(fb_reader *reader)
{
	if (reader->attachment)
		ring_reader_rewind(reader->attachment->ring);
}
