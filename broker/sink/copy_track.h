/* copy_track.h: the thread of a track that is not encoded: the source's own packets, to the queue. */
#ifndef FRAMEBROKER_SINK_COPY_TRACK_H
#define FRAMEBROKER_SINK_COPY_TRACK_H
#include "sink/host.h"
#include "sink/job.h"
#include "sink/output.h"

struct copy_track;

/* Starts the thread. track: of the queue. The packets' stream is borrowed. Where the output cannot hold the sound's
 * codec, the sound is read decoded and encoded anew. Text of a failure in *ret_error. */
int copy_track_create(struct host *host, unsigned track, const struct job_packets *packets, const struct output *output,
		      struct copy_track **ret_track, struct media_error *ret_error);

/* Waits for the thread, which ends with its stream, or when the worker is to stop. NULL is fine. */
void copy_track_destroy(struct copy_track *track);

#endif
