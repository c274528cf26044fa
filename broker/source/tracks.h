/* tracks.h: the tracks of an open input that somebody wants, and which output gets which. */
#ifndef FRAMEBROKER_SOURCE_TRACKS_H
#define FRAMEBROKER_SOURCE_TRACKS_H
#include "source/track.h"

struct tracks {
	struct track **list; /* by FFmpeg's number; NULL: nobody wants it */
	unsigned count;
	unsigned packets; /* outputs that take packets of all of them */
};

/* Nothing is wanted yet: the demuxer skips all tracks. -EINVAL and *ret_error: out of memory. */
int tracks_open(struct tracks *tracks, struct input *input, struct media_error *ret_error);
void tracks_close(struct tracks *tracks);

/* Gives every output that has none its track, opening decoders. An output that cannot have one is reported as a
 * problem; -EINVAL and *ret_error where none can. */
int tracks_feed(struct tracks *tracks, struct input *input, const struct config_source *config,
		const struct outputs *outputs, struct report *report, struct media_error *ret_error);

/* Opens the decoders of tracks whose outputs are wanted, and closes those of the others; a decoder that cannot be had
 * is reported as a problem, and asked for again after it was not wanted. lazy: outputs may be wanted at any time, so
 * packets are kept. 0, or -ECANCELED: the worker is to stop. */
int tracks_settle(struct tracks *tracks, const struct input *input, const struct config_source *config,
		  const struct outputs *outputs, bool lazy, struct report *report);

/* Takes an output away; a track without outputs is closed. */
void tracks_unfeed(struct tracks *tracks, struct input *input, const struct stream *stream);

/* NULL where nobody wants it. */
struct track *tracks_get(const struct tracks *tracks, int index);

#endif
