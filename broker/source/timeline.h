/* timeline.h: the source's own time stamps as nanoseconds that only rise: 0 at the container's start, wraps undone,
 * jumps closed, going on across loops and reconnects.
 *
 * All tracks of a connection share the timeline, so they stay in step. No thread safety: the demuxing thread has it. */
#ifndef FRAMEBROKER_SOURCE_TIMELINE_H
#define FRAMEBROKER_SOURCE_TIMELINE_H
#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_UNKNOWN INT64_MIN /* no time stamp; the same value as AV_NOPTS_VALUE */

struct timeline_rules {
	bool live;           /* a gap is real where as much time passed here */
	bool use_arrival;    /* the container has no time stamps of its own and is live */
	bool jumps_expected; /* the format may begin anew at any packet (AVFMT_TS_DISCONT) */
};

struct timeline {
	struct timeline_rules rules;
	int64_t begin_ns;         /* pts_ns of the container's start */
	int64_t first_arrival_ns; /* of this connection's first packet, on the monotonic clock; 0: none came */
	bool has_offset;
	int64_t offset_ns; /* what is added to time stamps now; a track takes it over at its own next jump */
	int64_t end_ns;    /* where the last packet ends, of all tracks */
	uint32_t breaks;   /* how many discontinuities there were */
};

struct timeline_track {
	AVRational time_base;
	int wrap_bits;
	int64_t interval_ns; /* between packets, where the packets do not tell; 0: not known */
	bool begun;          /* last_ticks and offset_ns are set: a packet with a time stamp came */
	bool has_next;       /* the others are set: a packet came */
	int64_t offset_ns;
	int64_t last_ticks, last_ns, last_arrival_ns, next_ns;
};

struct timeline_packet {
	int64_t pts, dts, duration; /* in the track's time base; duration 0: not known */
	int64_t arrival_ns;
};

struct timeline_place {
	int64_t pts_ns, dts_ns; /* TIMELINE_UNKNOWN where the packet and the clock do not tell */
	int64_t order_ns;       /* dts, else pts, else where the packet before ended: always known */
	int64_t duration_ns;
	int64_t own_ns; /* pts (else dts) without any correction: for the source's own wall clock */
};

/* start_ns: the container's start time in its own time stamps, or TIMELINE_UNKNOWN: the first packet's. It becomes
 * begin_ns. end_ns and breaks go on; whether the beginning is a break is the caller's to say. */
void timeline_begin(struct timeline *timeline, struct timeline_rules rules, int64_t begin_ns, int64_t start_ns);

void timeline_track_begin(struct timeline_track *track, AVRational time_base, int wrap_bits, int64_t interval_ns);

/* The packet's place. Raises timeline->breaks where time jumped. */
struct timeline_place timeline_place(struct timeline *timeline, struct timeline_track *track,
				     struct timeline_packet packet);

#endif
