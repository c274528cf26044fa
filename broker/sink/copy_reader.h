/* copy_reader.h: the thread that reads a stream of packets for the tracks that are copied from it: one, or both. */
#ifndef FRAMEBROKER_SINK_COPY_READER_H
#define FRAMEBROKER_SINK_COPY_READER_H
#include "sink/copy_track.h"

struct copy_reader;

/* Starts the thread. A track is NULL where it is not read here; they and the stream's name are borrowed. Text of a
 * failure in *ret_error. */
int copy_reader_create(struct host *host, const char *stream, struct copy_track *video, struct copy_track *audio,
		       struct copy_reader **ret_reader, struct media_error *ret_error);

/* Waits for the thread, which ends with its stream, or when the worker is to stop. NULL is fine. */
void copy_reader_destroy(struct copy_reader *reader);

#endif
