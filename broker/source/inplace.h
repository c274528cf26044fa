/* inplace.h: a decoder that writes straight into the slots of one output, so that its frames need no copy.
 *
 * The decoder's get_buffer2() claims slots here. A slot is published when its frame comes out and stays pinned until
 * the decoder has dropped its last reference; a slot whose frame never comes out is cancelled. Where the sizes differ,
 * or the decoder holds its share already, or no slot is free, the decoder gets ordinary memory and the frame is copied
 * later. Published slots are never written again: buffers are marked read-only, so that decoders which change the
 * picture before (ff_reget_buffer) copy it first. */
#ifndef FRAMEBROKER_SOURCE_INPLACE_H
#define FRAMEBROKER_SOURCE_INPLACE_H
#include "media/watch.h"
#include "source/picture.h"
#include <framebroker.h>
#include <libavcodec/avcodec.h>

struct inplace;
struct inplace_slot; /* a claimed or published slot that a decoder refers to */

/* One reference. NULL: out of memory. */
struct inplace *inplace_create(struct watch *watch);
struct inplace *inplace_ref(struct inplace *inplace);
void inplace_unref(struct inplace *inplace); /* NULL is fine */

/* Before the decoder is opened: makes it allocate here, where it can (AV_CODEC_CAP_DR1). wait: the decoder of a file
 * waits for room, that of a live source does not. */
void inplace_serve(struct inplace *inplace, AVCodecContext *decoder, bool wait);

/* How many slots the decoder is to have at once, by its codec and threads. It may want more: those frames are copied.
 */
uint32_t inplace_quota(struct inplace *inplace, const AVCodecContext *decoder);

/* What the frame that the decoder just gave lies in, and the visible part of it. False: the decoder does not allocate
 * here, or has gone over to another size meanwhile. */
bool inplace_picture(struct inplace *inplace, const AVFrame *frame, struct picture *ret_memory,
		     struct picture *ret_visible);

/* From now on buffers are slots of writer, whose layout is the visible picture, at most quota of them claimed and
 * pinned at once. writer NULL: ordinary memory; the pictures are not used then. Holds a reference of its own. */
void inplace_use(struct inplace *inplace, fb_writer *writer, const struct picture *memory,
		 const struct picture *visible, uint32_t quota);

/* The slot that the frame lies in, where it can be published as it is: claimed from writer, not published before,
 * planes where readers look for them. Else NULL. */
struct inplace_slot *inplace_find(struct inplace *inplace, const AVFrame *frame, const fb_writer *writer);

/* The slot's times and flags, to fill in before inplace_publish(). */
struct fb_slot *inplace_slot(struct inplace_slot *slot);

/* Publishes it; the caller holds a reference on the frame meanwhile. Negative errno as fb_slot_publish(). */
int inplace_publish(struct inplace_slot *slot);

#endif
