/* at.c: the frame shown at a time: a search back through the window by pts, then a hold. */
#include "ring/copy.h"
#include "ring/wait.h"
#include <errno.h>

#define FIND_TRIES 8 /* the writer may lap us between two looks, if we were not running */

struct moment {
	int64_t pts_ns;
	struct ring_frame *frame;
};

/* Whether no later frame can be the one shown at pts_ns: the frame's own duration covers it. */
static bool covers(const struct ring_meta *meta, int64_t pts_ns)
{
	uint64_t age_ns = (uint64_t)pts_ns - (uint64_t)meta->pts_ns;
	return age_ns == 0 || (meta->duration_ns > 0 && age_ns < (uint64_t)meta->duration_ns);
}

/* The newest frame up to end with a pts <= pts_ns. */
static bool find(const struct ring_map *map, uint64_t end, int64_t pts_ns, uint64_t *ret_seq,
		 struct ring_meta *ret_meta)
{
	for (uint64_t n = 0, seq = end; n < map->layout.index_size && seq >= map->layout.first; n++, seq--) {
		if (!hold_peek(map, seq, ret_meta))
			return false; /* gone, and so is what came before it */
		if (ret_meta->pts_ns <= pts_ns) {
			*ret_seq = seq;
			return true;
		}
	}
	return false;
}

static int try_at(struct ring_reader *reader, void *arg)
{
	const struct moment *moment = arg;
	const struct ring_map *map = reader->map;
	bool over = ring_map_final(map) != RING_NEVER;
	uint64_t end = wait_end(map);
	uint64_t seq = 0;
	struct ring_meta meta;
	if (end < map->layout.first)
		return over ? -ENODATA : -EAGAIN;
	for (int tries = 0; !find(map, end, moment->pts_ns, &seq, &meta); tries++) {
		uint64_t before = end;
		end = wait_end(map);
		if (end == before || tries == FIND_TRIES)
			return -ESTALE;
	}
	if (seq == end && !covers(&meta, moment->pts_ns)) {
		if (!over)
			return -EAGAIN;
		if (ring_map_newest(map) > map->layout.info.generation)
			return -ENODATA;
	}
	enum hold_result result = copy_or_hold(reader, seq, moment->frame);
	switch (result) {
	case HOLD_OK:
		return 0;
	case HOLD_FULL:
	case HOLD_NO_MEMORY:
		return copy_refused(result);
	default:
		return -ESTALE;
	}
}

int ring_reader_at(struct ring_reader *reader, int64_t pts_ns, int64_t deadline_ns, struct ring_frame *ret_frame)
{
	struct moment moment = {pts_ns, ret_frame};
	return wait_for(reader, deadline_ns, try_at, &moment);
}
