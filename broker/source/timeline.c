/* timeline.c: wraps are undone by arithmetic, each track for itself; any other jump moves the offset that all tracks
 * share, and each track takes the new offset over when it comes to the same jump, so sound and picture stay in step. */
#include "source/timeline.h"
#include "base/clock.h"
#include <libavutil/avutil.h>
#include <libavutil/mathematics.h>

#define JUMP_FORWARD_NS (10 * NS_PER_SECOND)         /* ffmpeg's dts_delta_threshold */
#define ERROR_FORWARD_NS (30 * 3600 * NS_PER_SECOND) /* ffmpeg's dts_error_threshold */
#define JUMP_BACK_NS (NS_PER_SECOND / 10)
#define ERROR_BACK_NS (10 * NS_PER_SECOND)
#define REORDERING_NS (2 * NS_PER_SECOND) /* how far pts steps back where no dts tells the order */
#define LONGEST_REORDERING_NS (60 * NS_PER_SECOND)
#define REAL_GAP_NS NS_PER_SECOND /* how exactly a real gap agrees with our clock */

void timeline_begin(struct timeline *timeline, struct timeline_rules rules, int64_t begin_ns, int64_t start_ns)
{
	timeline->rules = rules;
	timeline->begin_ns = begin_ns;
	timeline->first_arrival_ns = 0;
	timeline->has_offset = start_ns != TIMELINE_UNKNOWN;
	timeline->offset_ns = timeline->has_offset ? begin_ns - start_ns : 0;
	timeline->end_ns = FFMAX(timeline->end_ns, begin_ns);
}

void timeline_track_begin(struct timeline_track *track, AVRational time_base, int wrap_bits, int64_t interval_ns)
{
	*track = (struct timeline_track){.time_base = time_base, .wrap_bits = wrap_bits, .interval_ns = interval_ns};
}

static int64_t unwrap(const struct timeline_track *track, int64_t ticks)
{
	if (!track->begun || track->wrap_bits < 1 || track->wrap_bits > 62)
		return ticks;
	int64_t period = INT64_C(1) << track->wrap_bits;
	int64_t away = ticks - track->last_ticks;
	return ticks - (away >= 0 ? (away + period / 2) / period : -((period / 2 - away) / period)) * period;
}

static int64_t to_ns(const struct timeline_track *track, int64_t ticks)
{
	return av_rescale_q(ticks, track->time_base, (AVRational){1, 1000000000});
}

/* Time stamps of a hostile file must not overflow the sums below: beyond a century they are noise. */
static bool is_sane(const struct timeline_track *track, int64_t ticks)
{
	int64_t ns = to_ns(track, ticks);
	return ns > -INT64_C(3000000000) * NS_PER_SECOND && ns < INT64_C(3000000000) * NS_PER_SECOND;
}

static bool follows(const struct timeline *timeline, int64_t expected_ns, int64_t ns, bool decoding_order)
{
	bool strict = timeline->rules.live || timeline->rules.jumps_expected;
	int64_t back_ns = strict ? JUMP_BACK_NS : ERROR_BACK_NS;
	if (!decoding_order)
		back_ns = FFMAX(back_ns, REORDERING_NS);
	return ns - expected_ns <= (strict ? JUMP_FORWARD_NS : ERROR_FORWARD_NS) && expected_ns - ns <= back_ns;
}

/* Sets the track's offset so that own_ns falls where time has come to. */
static void close_jump(struct timeline *timeline, struct timeline_track *track, int64_t own_ns, int64_t arrival_ns,
		       bool decoding_order)
{
	if (follows(timeline, track->next_ns, own_ns + track->offset_ns, decoding_order))
		return;
	int64_t expected_ns = track->next_ns;
	if (timeline->rules.live)
		expected_ns = FFMAX(expected_ns, track->last_ns + arrival_ns - track->last_arrival_ns);
	timeline->breaks++;
	if (timeline->rules.live && FFABS(own_ns + track->offset_ns - expected_ns) < REAL_GAP_NS)
		return;
	if (!follows(timeline, expected_ns, own_ns + timeline->offset_ns, decoding_order))
		timeline->offset_ns = expected_ns - own_ns;
	track->offset_ns = timeline->offset_ns;
}

/* A first time stamp long before the beginning is damage: the track begins there. Others keep what they have. */
static void begin_track(struct timeline *timeline, struct timeline_track *track, int64_t own_ns)
{
	track->offset_ns = timeline->offset_ns;
	if (own_ns + track->offset_ns >= timeline->begin_ns - ERROR_BACK_NS)
		return;
	track->offset_ns = timeline->begin_ns - own_ns;
	timeline->breaks++;
}

static struct timeline_place place_by_arrival(const struct timeline *timeline, const struct timeline_packet *packet,
					      int64_t duration_ns)
{
	int64_t now_ns = timeline->begin_ns + packet->arrival_ns - timeline->first_arrival_ns;
	return (struct timeline_place){.pts_ns = TIMELINE_UNKNOWN, /* the decoder knows the order of the frames */
				       .dts_ns = now_ns,
				       .own_ns = TIMELINE_UNKNOWN,
				       .duration_ns = duration_ns};
}

/* How far pts may be from dts: no decoder keeps more pictures. */
static bool is_reordering(int64_t distance_ns, int64_t duration_ns)
{
	return FFABS(distance_ns) <= FFMAX(LONGEST_REORDERING_NS, 32 * FFMIN(duration_ns, ERROR_FORWARD_NS));
}

static struct timeline_place place_by_stamp(struct timeline *timeline, struct timeline_track *track,
					    const struct timeline_packet *packet, int64_t duration_ns)
{
	bool has_pts = packet->pts != TIMELINE_UNKNOWN, has_dts = packet->dts != TIMELINE_UNKNOWN;
	int64_t ticks = unwrap(track, has_dts ? packet->dts : packet->pts);
	int64_t own_ns = to_ns(track, ticks);
	if (!timeline->has_offset) {
		timeline->has_offset = true;
		timeline->offset_ns = timeline->begin_ns - own_ns;
	}
	if (!track->begun)
		begin_track(timeline, track, own_ns);
	else
		close_jump(timeline, track, own_ns, packet->arrival_ns, has_dts);
	track->begun = true;
	track->last_ticks = ticks;

	struct timeline_place place = {.pts_ns = TIMELINE_UNKNOWN, .dts_ns = TIMELINE_UNKNOWN, .own_ns = own_ns};
	place.duration_ns = duration_ns;
	if (has_dts)
		place.dts_ns = own_ns + track->offset_ns;
	int64_t pts_ns = has_pts ? to_ns(track, unwrap(track, packet->pts)) : own_ns;
	if (has_pts && is_reordering(pts_ns - own_ns, duration_ns)) {
		place.own_ns = pts_ns;
		place.pts_ns = pts_ns + track->offset_ns;
	}
	return place;
}

struct timeline_place timeline_place(struct timeline *timeline, struct timeline_track *track,
				     struct timeline_packet packet)
{
	if (packet.pts != TIMELINE_UNKNOWN && !is_sane(track, packet.pts))
		packet.pts = TIMELINE_UNKNOWN;
	if (packet.dts != TIMELINE_UNKNOWN && !is_sane(track, packet.dts))
		packet.dts = TIMELINE_UNKNOWN;
	int64_t duration_ns = packet.duration > 0 && is_sane(track, packet.duration) ? to_ns(track, packet.duration)
										     : track->interval_ns;
	bool stamped = packet.pts != TIMELINE_UNKNOWN || packet.dts != TIMELINE_UNKNOWN;
	struct timeline_place place = {TIMELINE_UNKNOWN, TIMELINE_UNKNOWN, TIMELINE_UNKNOWN, duration_ns,
				       TIMELINE_UNKNOWN};
	if (!timeline->first_arrival_ns)
		timeline->first_arrival_ns = packet.arrival_ns;
	if (timeline->rules.use_arrival || (!stamped && timeline->rules.live && !track->begun))
		place = place_by_arrival(timeline, &packet, duration_ns);
	else if (stamped)
		place = place_by_stamp(timeline, track, &packet, duration_ns);

	place.order_ns = place.dts_ns != TIMELINE_UNKNOWN ? place.dts_ns : place.pts_ns;
	if (place.order_ns == TIMELINE_UNKNOWN)
		place.order_ns = track->has_next ? track->next_ns : timeline->begin_ns;
	track->has_next = true;
	track->last_ns = place.order_ns;
	track->last_arrival_ns = packet.arrival_ns;
	track->next_ns = place.order_ns + duration_ns;
	timeline->end_ns = FFMAX(timeline->end_ns, FFMAX(place.order_ns, place.pts_ns) + duration_ns);
	return place;
}
