/* timeline.h: the sink's own time, on which the time stamps of all its streams are laid: 0 at the first frame, then
 * going on with the monotonic clock, whatever the streams' time stamps do. A stream whose time stamps jump goes on
 * where it was; others of its time base that jump with it stay in step. No clock inside, no lock: the caller's. */
#ifndef FRAMEBROKER_SINK_TIMELINE_H
#define FRAMEBROKER_SINK_TIMELINE_H
#include <stdbool.h>
#include <stdint.h>

struct timeline {
	int64_t reach_ns; /* further off its time than this, no frame belongs to an epoch */
	bool started;
	int64_t start_ns;     /* when the first frame came: playing position 0 */
	int64_t reference_ns; /* capture time - pts of the stream that came first */
	unsigned epoch;       /* counts the jumps */
	int64_t offset_ns;    /* of the newest epoch: playing time = pts + offset */
};

/* One stream on it; zeroed before its first frame. */
struct timeline_track {
	bool same_clock; /* its pts are of the time base of the stream that came first */
	bool begun;
	int64_t shift_ns; /* from its time base to that of the stream that came first */
	unsigned epoch;
	int64_t offset_ns;
	int64_t last_pts_ns, end_ns; /* of its last frame: pts as it came, and the playing time at which it ends */
};

struct timeline_frame {
	int64_t pts_ns, duration_ns, capture_ns;
	bool discontinuity;
};

/* latest_ns: so late a frame may be and yet be in time. */
void timeline_init(struct timeline *timeline, int64_t latest_ns);

/* The playing time of a stream's next frame, which came at now_ns. */
int64_t timeline_place(struct timeline *timeline, struct timeline_track *track, const struct timeline_frame *frame,
		       int64_t now_ns);

/* Starts it without a frame of the streams (a fallback is shown first): the first one's time stamps are not tied to
 * that. */
void timeline_start(struct timeline *timeline, int64_t now_ns);

/* The playing position at that time; 0 before the start. */
int64_t timeline_position(const struct timeline *timeline, int64_t now_ns);

#endif
