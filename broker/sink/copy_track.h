/* copy_track.h: a track that is not encoded: the source's own packets, to the queue. */
#ifndef FRAMEBROKER_SINK_COPY_TRACK_H
#define FRAMEBROKER_SINK_COPY_TRACK_H
#include "sink/host.h"
#include "sink/job.h"
#include "sink/output.h"

struct copy_track;

/* track: of the queue. The packets' stream is borrowed. Where the output cannot hold the sound's codec, the sound is
 * read decoded and encoded anew. Text of a failure in *ret_error. */
int copy_track_create(struct host *host, unsigned track, const struct job_packets *packets, const struct output *output,
		      struct copy_track **ret_track, struct media_error *ret_error);
void copy_track_destroy(struct copy_track *track); /* NULL is fine */

/* A packet of the stream, its own or another track's. Sleeps until it may be taken. */
void copy_track_take(struct copy_track *track, const struct fb_frame *packet);

/* Whether nothing more is to be taken: it is encoded instead, or cannot be. */
bool copy_track_is_over(const struct copy_track *track);

/* No more packets come. */
void copy_track_end(struct copy_track *track);

#endif
