/* sound.h: sound as it comes, made into the frames that an encoder wants, without holes: libswresample stretches it a
 * little where its clock drifts, and fills gaps with silence. One thread uses it. */
#ifndef FRAMEBROKER_SINK_SOUND_H
#define FRAMEBROKER_SINK_SOUND_H
#include <framebroker.h>
#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct sound;

/* For that encoder, whose time stamp 0 is playing time origin_ns. NULL: out of memory. */
struct sound *sound_create(const AVCodecContext *encoder, int64_t origin_ns);
void sound_destroy(struct sound *sound); /* NULL is fine */

/* Puts in a block of sound that belongs to that playing time. Sound that overlaps what was put in is cut. after_gap: it
 * does not go on where the last block ended, so that not even a small difference is drift, to be stretched away.
 * Negative AVERROR: there is no such sample format, or no memory. */
int sound_put(struct sound *sound, const struct fb_frame *block, int64_t time_ns, bool after_gap);

/* Puts in silence of that length after what is there. */
int sound_put_silence(struct sound *sound, int64_t time_ns, int64_t duration_ns);

/* No more comes: what is still in the resampler may be taken. */
void sound_end(struct sound *sound);

/* Takes a frame out, its pts set, for av_frame_free(). AVERROR(EAGAIN): there is not enough for one. last: a shorter
 * one is welcome too. */
int sound_take(struct sound *sound, bool last, AVFrame **ret_frame);

#endif
