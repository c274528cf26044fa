/* batch.c: several frames at once. */
#include "api/pump.h"
#include "api/reading.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>

static int newest(struct fb_reader *reader, uint32_t n, int64_t deadline_ns, struct fb_frame *ret_frames,
		  uint32_t *ret_count)
{
	struct ring_frame frames[LIMIT_HELD];
	unsigned count;
	int err;
	do {
		err = reader_attach(reader, deadline_ns);
		if (err < 0)
			return err;
		err = ring_reader_newest(reader->attachment->ring, n, reader_slice(deadline_ns), frames, &count);
		if (err == 0) {
			for (unsigned i = 0; i < count; i++)
				reader_give(reader, &frames[i], &ret_frames[i]);
			*ret_count = count;
			return 0;
		}
		err = reader_after(reader, err, deadline_ns);
	} while (err == 0);
	return err;
}

/* One after the other; a change of layout or the end or the deadline closes the batch early. */
static int following(struct fb_reader *reader, uint32_t n, int64_t deadline_ns, struct fb_frame *ret_frames,
		     uint32_t *ret_count)
{
	uint32_t count = 0;
	int err = 0;
	while (count < n) {
		err = reader_attach(reader, deadline_ns);
		if (err < 0 || (count > 0 && reader->attachment->info != ret_frames[0].info))
			break;
		struct ring_frame frame;
		err = ring_reader_next(reader->attachment->ring, reader_slice(deadline_ns), &frame);
		if (err == 0)
			reader_give(reader, &frame, &ret_frames[count++]);
		else
			err = reader_after(reader, err, deadline_ns);
		if (err < 0)
			break;
	}
	if (count == 0)
		return err;
	*ret_count = count; /* whatever stopped it, nothing that was read is lost */
	return 0;
}

int fb_reader_read_batch(fb_reader *reader, uint32_t n, int64_t timeout_ns, struct fb_frame *ret_frames,
			 uint32_t *ret_count)
{
	if (n < 1 || n > reader->max_held)
		return error_set(n < 1 ? EINVAL : ENOBUFS,
				 "a batch of %u of a reader with max_held %u: open it with max_held=%u", n,
				 reader->max_held, n);
	int64_t deadline = clock_deadline(timeout_ns);
	int err = reader_begin(reader);
	if (err < 0)
		return err;
	err = reader->mode == FB_LATEST && !*reader->group ? newest(reader, n, deadline, ret_frames, ret_count)
							   : following(reader, n, deadline, ret_frames, ret_count);
	pump_settle(reader->pump, reader);
	return reader_end(reader, err);
}
