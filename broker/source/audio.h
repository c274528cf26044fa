/* audio.h: one audio output: decoded sound in, resampled, cut into blocks of frame_size samples, published. */
#ifndef FRAMEBROKER_SOURCE_AUDIO_H
#define FRAMEBROKER_SOURCE_AUDIO_H
#include "source/output.h"
#include <libavutil/frame.h>

struct audio;

/* main_media: the source has no pictures. NULL: out of memory. */
struct audio *audio_create(const struct config_output *config, const struct output_host *host, bool main_media);
void audio_destroy(struct audio *audio, bool end); /* NULL is fine; end: the stream ends too */
struct output *audio_output(struct audio *audio);

/* Nobody wants its sound for now: gives the memory back. */
void audio_rest(struct audio *audio);

/* Decoded sound, its pts in nanoseconds; stays the caller's. 0, also where it was dropped, or -ECANCELED: the worker is
 * to stop. */
int audio_frame(struct audio *audio, const AVFrame *frame, const struct arrivals *arrivals);

/* No more comes from this decoder: the last block is published with the samples that it has. */
int audio_drain(struct audio *audio);

#endif
