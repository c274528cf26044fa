/* timeline.c: an epoch for each jump. A track that sees a jump takes the newest epoch where that fits what it has,
 * which another track began; else it begins one. */
#include "sink/timeline.h"
#include "base/clock.h"

#define JUMP_NS (10 * NS_PER_SECOND) /* forwards, and as far before its time: a jump */
#define BACK_NS NS_PER_SECOND        /* backwards without being flagged: a jump; less is a frame out of order */
#define SAME_CLOCK_NS NS_PER_SECOND  /* capture times and pts differ by the same: one time base */

void timeline_init(struct timeline *timeline, int64_t latest_ns)
{
	*timeline = (struct timeline){.reach_ns = latest_ns > JUMP_NS ? latest_ns : JUMP_NS};
}

static int64_t magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}

int64_t timeline_position(const struct timeline *timeline, int64_t now_ns)
{
	return timeline->started ? now_ns - timeline->start_ns : 0;
}

void timeline_start(struct timeline *timeline, int64_t now_ns)
{
	if (timeline->started)
		return;
	timeline->started = true;
	timeline->start_ns = now_ns;
}

static void begin_epoch(struct timeline *timeline, struct timeline_track *track, int64_t pts_ns, int64_t now_ns)
{
	int64_t position_ns = timeline_position(timeline, now_ns);
	int64_t place_ns = track->begun && track->end_ns > position_ns ? track->end_ns : position_ns;
	timeline->offset_ns = place_ns - pts_ns;
	timeline->epoch++;
}

static void join(const struct timeline *timeline, struct timeline_track *track)
{
	track->epoch = timeline->epoch;
	track->offset_ns = timeline->offset_ns;
}

/* Whether a frame so far off its time can only be of another epoch. */
static bool fits(const struct timeline *timeline, int64_t pts_ns, int64_t now_ns)
{
	int64_t early_ns = pts_ns + timeline->offset_ns - timeline_position(timeline, now_ns);
	return timeline->epoch > 0 && magnitude(early_ns) <= timeline->reach_ns;
}

static void begin_track(struct timeline *timeline, struct timeline_track *track, const struct timeline_frame *frame,
			int64_t now_ns)
{
	int64_t reference_ns = frame->capture_ns - frame->pts_ns;
	timeline_start(timeline, now_ns);
	if (timeline->epoch == 0) {
		timeline->reference_ns = reference_ns;
		begin_epoch(timeline, track, frame->pts_ns, now_ns);
	} else if (!track->same_clock && magnitude(reference_ns - timeline->reference_ns) > SAME_CLOCK_NS) {
		track->shift_ns = reference_ns - timeline->reference_ns;
	}
	if (!fits(timeline, frame->pts_ns + track->shift_ns, now_ns))
		begin_epoch(timeline, track, frame->pts_ns + track->shift_ns, now_ns);
	join(timeline, track);
	track->begun = true;
}

static bool jumps(const struct timeline *timeline, const struct timeline_track *track,
		  const struct timeline_frame *frame, int64_t now_ns)
{
	int64_t back_ns = track->last_pts_ns - frame->pts_ns;
	if (back_ns > BACK_NS || (back_ns > 0 && frame->discontinuity))
		return true;
	int64_t early_ns = frame->pts_ns + track->shift_ns + track->offset_ns - timeline_position(timeline, now_ns);
	return -back_ns > JUMP_NS && early_ns > JUMP_NS;
}

int64_t timeline_place(struct timeline *timeline, struct timeline_track *track, const struct timeline_frame *frame,
		       int64_t now_ns)
{
	if (!track->begun) {
		begin_track(timeline, track, frame, now_ns);
	} else if (jumps(timeline, track, frame, now_ns)) {
		int64_t pts_ns = frame->pts_ns + track->shift_ns;
		if (track->epoch == timeline->epoch || !fits(timeline, pts_ns, now_ns))
			begin_epoch(timeline, track, pts_ns, now_ns);
		join(timeline, track);
	}
	int64_t place_ns = frame->pts_ns + track->shift_ns + track->offset_ns;
	track->last_pts_ns = frame->pts_ns;
	track->end_ns = place_ns + frame->duration_ns;
	return place_ns;
}
