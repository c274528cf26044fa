/* gap.c: what a reader missed between two places. Another broker begins after the end of the one before, and counts
 * from 1: all that it has published meanwhile was missed. */
#include "api/gap.h"

void gap_lost(struct gap *gap, const struct ring_reader *ring)
{
	gap->left = ring_reader_left(ring);
}

void gap_opened(struct gap *gap, uint64_t broker, uint64_t next)
{
	bool as_before = gap->broker == broker;
	if (!gap->open)
		gap->next = next;
	gap->same = gap->open ? gap->same && as_before : as_before;
	gap->open = gap->opened;
	gap->opened = true;
	gap->broker = broker;
}

uint64_t gap_close(struct gap *gap, const struct ring_reader *ring)
{
	uint64_t first = ring_reader_position(ring) - ring_reader_missed(ring), missed = 0;
	if (gap->open && gap->same && first >= gap->next)
		missed = gap->next ? first - gap->next : 0;
	else if (gap->open)
		missed = gap->left + first - 1;
	gap->open = false;
	gap->left = 0;
	return missed;
}
