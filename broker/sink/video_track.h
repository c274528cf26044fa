/* video_track.h: the thread of the pictures: from the stream to the queue of packets. */
#ifndef FRAMEBROKER_SINK_VIDEO_TRACK_H
#define FRAMEBROKER_SINK_VIDEO_TRACK_H
#include "sink/host.h"

struct video_track;

/* Starts the thread. -EINVAL with the error where codec does not exist; otherwise error text. */
int video_track_create(struct host *host, struct video_track **ret_track, struct media_error *ret_error);

/* Waits for the thread, which ends with its stream, or when the worker is to stop. NULL is fine. */
void video_track_destroy(struct video_track *track);

/* The next picture becomes a key frame. Any thread. */
void video_track_want_key(struct video_track *track);

#endif
