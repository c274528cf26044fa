/* audio_track.h: the thread of the sound: from the stream to the queue of packets. */
#ifndef FRAMEBROKER_SINK_AUDIO_TRACK_H
#define FRAMEBROKER_SINK_AUDIO_TRACK_H
#include "sink/host.h"

struct audio_track;

/* Starts the thread. codec: the encoder. -EINVAL with the error, as when there is no such encoder. */
int audio_track_create(struct host *host, const char *codec, struct audio_track **ret_track,
		       struct media_error *ret_error);

/* Waits for the thread, which ends with its stream, or when the worker is to stop. NULL is fine. */
void audio_track_destroy(struct audio_track *track);

#endif
