/* frame.c: a frame is let go, wherever it came from. */
#include "api/attachment.h"
#include "api/slot.h"
#include <stdlib.h>

void fb_frame_release(struct fb_frame *frame)
{
	if (frame && frame->hold[3])
		slot_unhold(frame);
	if (!frame || !frame->hold[0])
		return;
	struct attachment *attachment = (struct attachment *)(uintptr_t)frame->hold[0];
	frame->hold[0] = 0;
	if (frame->hold[1] & ATTACHMENT_TAKEN)
		ring_reader_done(attachment->ring, frame->seq);
	if (frame->hold[2])
		free((void *)(uintptr_t)frame->hold[2]);
	else
		ring_reader_unhold(attachment->ring, (unsigned)frame->hold[1]);
	attachment_unref(attachment);
}
