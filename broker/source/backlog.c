/* backlog.c: packets are shared with whoever else has them, not copied. */
#include "source/backlog.h"

void backlog_clear(struct backlog *backlog)
{
	while (backlog->count > 0)
		av_packet_free(&backlog->packets[--backlog->count]);
	backlog->bytes = 0;
	backlog->broken = false;
}

static void give_up(struct backlog *backlog)
{
	backlog_clear(backlog);
	backlog->broken = true;
}

void backlog_add(struct backlog *backlog, const AVPacket *packet, int64_t serial)
{
	if (packet->flags & AV_PKT_FLAG_KEY)
		backlog_clear(backlog);
	if (backlog->broken)
		return;
	AVPacket *reference = av_packet_clone(packet);
	if (!reference || backlog->count == BACKLOG_PACKETS || backlog->bytes > BACKLOG_BYTES) {
		av_packet_free(&reference);
		give_up(backlog);
		return;
	}
	backlog->packets[backlog->count] = reference;
	backlog->serials[backlog->count++] = serial;
	backlog->bytes += (uint64_t)packet->size;
}
