/* member.c: what ties a pool's slots to a group's frames. */
#include "api/member.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <inttypes.h>

#define LOOK_NS (2 * NS_PER_MS)

/* Where the frame was taken from, while it is held; NULL: it is no group's. */
static struct attachment *source_of(const struct fb_frame *origin)
{
	bool taken = origin && origin->hold[0] && origin->hold[1] & ATTACHMENT_TAKEN;
	return taken ? (struct attachment *)(uintptr_t)origin->hold[0] : NULL;
}

static int bind(struct desk *desk, struct attachment *source)
{
	int err =
		ring_pool_bind(desk->ring, source ? source->group : 0, source ? ring_reader_work(source->ring) : NULL);
	if (err == -EINVAL)
		return error_set(
			EINVAL,
			source ? "the writers of this pool have another order: all claim for frames of one group, "
				 "or all without"
			       : "the order of this pool is that of a group's frames: claim for the frame, before "
				 "it is released");
	if (err == 0 && source && desk->source != source) { /* whose table the ring looks at from now on */
		attachment_unref(desk->source);
		desk->source = attachment_ref(source);
	}
	if (err == 0 && source)
		ring_reader_results(source->ring, ring_writer_map(desk->ring));
	return err;
}

/* Where the group that made the order has just gone, the pool is about to end: then -EPIPE, and it begins anew. */
static int bind_until(struct desk *desk, struct attachment *source, int64_t deadline_ns)
{
	for (;;) {
		int err = bind(desk, source);
		if (err != -EINVAL || clock_left_ns(deadline_ns) == 0)
			return err;
		if (ring_map_final(ring_writer_map(desk->ring)) != RING_NEVER)
			return -EPIPE;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = LOOK_NS}, NULL);
	}
}

int member_claim(struct desk *desk, const struct fb_frame *origin, int64_t deadline_ns, unsigned *ret_slot,
		 struct attachment **ret_source)
{
	struct attachment *source = source_of(origin);
	int err = bind_until(desk, source, deadline_ns);
	if (err == 0)
		err = ring_pool_claim(desk->ring, source ? origin->seq : 0, deadline_ns, ret_slot);
	if (err == -EBUSY)
		return error_set(EBUSY, "frame %" PRIu64 " has a slot of this pool already: a frame has one result",
				 origin->seq);
	if (err == 0)
		*ret_source = source ? attachment_ref(source) : NULL;
	return err;
}

static void finish(struct attachment *source, uint64_t ticket)
{
	if (!source)
		return;
	ring_reader_done(source->ring, ticket);
	attachment_unref(source);
}

int member_publish(struct desk *desk, unsigned slot, const struct ring_meta *meta, const void *metadata,
		   struct attachment *source, uint64_t *ret_seq)
{
	uint64_t ticket = ring_pool_ticket(desk->ring, slot);
	int err = ring_pool_publish(desk->ring, slot, meta, metadata, ret_seq);
	if (err == 0 || err == -ESTALE)
		finish(source, ticket);
	return err;
}

void member_cancel(struct desk *desk, unsigned slot, struct attachment *source)
{
	uint64_t ticket = ring_pool_ticket(desk->ring, slot);
	ring_pool_cancel(desk->ring, slot);
	finish(source, ticket);
}
