/* track.h: one track of an open input: its place in time, its decoder, and the outputs that its frames go to. */
#ifndef FRAMEBROKER_SOURCE_TRACK_H
#define FRAMEBROKER_SOURCE_TRACK_H
#include "config/source.h"
#include "source/input.h"
#include "source/outputs.h"
#include "source/timeline.h"

struct track;

/* For errors: what came in and out of it since it was opened. */
struct track_progress {
	int64_t first_packet_ns;  /* monotonic; 0: none */
	int64_t first_decoded_ns; /* the first one given to the decoder that is open; 0: none */
	bool key_seen;            /* true for sound */
	uint64_t frames;          /* of that decoder */
};

/* The number of the track that an output asks for: of its media, the one that FFmpeg finds best, or the nth of them.
 * Pictures attached to sound are no video. -EINVAL and *ret_error, or 0. */
int track_find(const struct input *input, const char *url, const struct config_output *config, int *ret_index,
	       struct media_error *ret_error);

/* The track, not decoded yet. -EINVAL and *ret_error: out of memory. */
int track_create(const struct config_source *config, const struct input *input, int index, struct report *report,
		 struct track **ret_track, struct media_error *ret_error);
void track_destroy(struct track *track); /* NULL is fine */

/* Adds an output, which stays its owner's; takes it away again. */
int track_feed(struct track *track, struct stream *stream, struct media_error *ret_error);
void track_unfeed(struct track *track, const struct stream *stream);
bool track_feeds_any(const struct track *track);

/* Opens the decoder, once; without one packets are only looked at. inplace: of the output that its frames may be
 * decoded for, or NULL. Where packets were kept they are decoded at once, and the newest frame is handed on. -EINVAL
 * and *ret_error, or as track_packet(). */
int track_start(struct track *track, const struct config_source *config, struct inplace *inplace,
		struct media_error *ret_error);
bool track_is_started(const struct track *track); /* or it was tried */
void track_stop(struct track *track);             /* closes it */

/* Whether an output that it feeds is wanted. */
bool track_is_wanted(const struct track *track);

/* Keeps the packets since the last key packet from now on, or no more. */
void track_keep_packets(struct track *track, bool keep);

struct timeline_track *track_line(struct track *track);
struct track_progress track_progress(const struct track *track);
int64_t track_interval_ns(const struct track *track); /* from frame to frame; 0: not known */

/* Decodes a packet of this track, at its place in time, and hands the frames on. The packet's time stamps are
 * overwritten. arrival: its serial number does not matter. -ECANCELED: the worker is to stop; -EINVAL and *ret_error:
 * the source cannot go on. */
int track_packet(struct track *track, AVPacket *packet, const struct timeline_place *place,
		 const struct arrival *arrival, struct media_error *ret_error);

/* The end of a file: the decoder's last frames, and the outputs'. Returns as track_packet(). */
int track_drain(struct track *track, struct media_error *ret_error);

/* A still image: its frame once more, at pts_ns. */
int track_repeat(struct track *track, int64_t pts_ns);

#endif
