/* inplace.c: slots as buffers of a decoder. get_buffer() and release() are called by any of its threads. */
#include "source/inplace.h"
#include "api/worker.h"
#include "base/clock.h"
#include <errno.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SLOTS 64
#define REFERENCES 8 /* of a codec that does not tell: HEVC at its levels' full size has 6, VP9 has 8 */
#define WAIT_SLICE_NS (50 * NS_PER_MS)

struct inplace_slot {
	struct inplace *inplace;
	fb_writer *writer; /* a reference */
	struct fb_slot slot;
	uint32_t id;
	uint32_t begin;   /* of the first visible plane, from base */
	uint8_t *base;    /* under the lock: set when the slot is claimed */
	uint8_t *data[4]; /* as readers see the planes */
	bool published;   /* under the lock: what was written before is seen by the thread that lets go of it last */
};

struct inplace {
	_Atomic uint32_t refs;
	struct watch *watch;
	bool wait;
	pthread_mutex_t lock;
	fb_writer *writer;      /* a reference; NULL: ordinary memory */
	struct picture memory;  /* of one slot, as the decoder sees it */
	uint32_t begin;         /* where its visible picture begins */
	uint32_t quota, in_use; /* in_use counts older writers' slots too */
	struct picture wanted;  /* what the decoder asked for last */
	int references;         /* how many it keeps, by what it says in its threads; 0: not known */
	struct inplace_slot *slots[MAX_SLOTS];
};

struct inplace *inplace_create(struct watch *watch)
{
	struct inplace *inplace = calloc(1, sizeof *inplace);
	if (!inplace)
		return NULL;
	atomic_init(&inplace->refs, 1);
	inplace->watch = watch;
	pthread_mutex_init(&inplace->lock, NULL);
	return inplace;
}

struct inplace *inplace_ref(struct inplace *inplace)
{
	atomic_fetch_add(&inplace->refs, 1);
	return inplace;
}

void inplace_unref(struct inplace *inplace)
{
	if (!inplace || atomic_fetch_sub(&inplace->refs, 1) != 1)
		return;
	fb_worker_writer_unref(inplace->writer);
	pthread_mutex_destroy(&inplace->lock);
	free(inplace);
}

/* The decoder's last reference is gone. */
static void release(void *opaque, uint8_t *data)
{
	(void)data;
	struct inplace_slot *slot = opaque;
	struct inplace *inplace = slot->inplace;
	pthread_mutex_lock(&inplace->lock);
	bool published = slot->published;
	pthread_mutex_unlock(&inplace->lock);
	if (published)
		fb_worker_unpin(slot->writer, slot->id);
	else
		fb_slot_cancel(&slot->slot);
	pthread_mutex_lock(&inplace->lock);
	inplace->in_use--;
	for (int i = 0; i < MAX_SLOTS; i++)
		if (inplace->slots[i] == slot)
			inplace->slots[i] = NULL;
	pthread_mutex_unlock(&inplace->lock);
	fb_worker_writer_unref(slot->writer);
	free(slot);
	inplace_unref(inplace);
}

/* Takes one of the decoder's share of slots. */
static bool take_share(struct inplace *inplace, const struct picture *wanted, struct inplace_slot *slot)
{
	int at = 0;
	pthread_mutex_lock(&inplace->lock);
	inplace->wanted = *wanted;
	while (at < MAX_SLOTS && inplace->slots[at])
		at++;
	bool taken = inplace->writer && inplace->in_use < inplace->quota && at < MAX_SLOTS &&
		     picture_equal(wanted, &inplace->memory);
	if (taken) {
		inplace->slots[at] = slot;
		inplace->in_use++;
		slot->inplace = inplace_ref(inplace);
		slot->writer = fb_worker_writer_ref(inplace->writer);
		slot->begin = inplace->begin;
	}
	pthread_mutex_unlock(&inplace->lock);
	return taken;
}

static int claim(struct inplace_slot *slot)
{
	struct watch *watch = slot->inplace->watch;
	int64_t timeout_ns = slot->inplace->wait ? WAIT_SLICE_NS : 0;
	for (;;) {
		int r = fb_writer_claim(slot->writer, NULL, timeout_ns, &slot->slot);
		if (r != -ETIMEDOUT || timeout_ns == 0 || watch_stopping(watch))
			return r;
		watch_begin(watch, WATCH_WORK_NS); /* readers may take their time */
	}
}

/* A slot for the decoder, or NULL: ordinary memory. */
static struct inplace_slot *slot_open(struct inplace *inplace, const struct picture *wanted)
{
	struct inplace_slot *slot = calloc(1, sizeof *slot);
	if (!slot)
		return NULL;
	if (!take_share(inplace, wanted, slot)) {
		free(slot);
		return NULL;
	}
	if (claim(slot) < 0) {
		release(slot, NULL);
		return NULL;
	}
	slot->id = fb_worker_slot_id(&slot->slot);
	memcpy(slot->data, slot->slot.data, sizeof slot->data);
	pthread_mutex_lock(&inplace->lock);
	slot->base = slot->data[0] - slot->begin;
	pthread_mutex_unlock(&inplace->lock);
	return slot;
}

/* Only H.264 says it, and only in the context of the thread that decodes. */
static void note_references(struct inplace *inplace, const AVCodecContext *decoder)
{
	if (decoder->codec_id != AV_CODEC_ID_H264)
		return;
	pthread_mutex_lock(&inplace->lock);
	inplace->references = FFMAX(decoder->refs, 1);
	pthread_mutex_unlock(&inplace->lock);
}

static int get_buffer(AVCodecContext *decoder, AVFrame *frame, int flags)
{
	struct inplace *inplace = decoder->opaque;
	struct picture wanted;
	if (picture_native(frame->format) != (enum AVPixelFormat)frame->format ||
	    picture_decoder(decoder, frame, &wanted) < 0)
		return avcodec_default_get_buffer2(decoder, frame, flags);
	note_references(inplace, decoder);
	struct inplace_slot *slot = slot_open(inplace, &wanted);
	if (!slot)
		return avcodec_default_get_buffer2(decoder, frame, flags);
	frame->buf[0] = av_buffer_create(slot->base, wanted.bytes, release, slot, AV_BUFFER_FLAG_READONLY);
	if (!frame->buf[0]) {
		release(slot, NULL);
		return AVERROR(ENOMEM);
	}
	for (int i = 0; i < 4; i++) {
		frame->data[i] = wanted.linesize[i] ? slot->base + wanted.offset[i] : NULL;
		frame->linesize[i] = wanted.linesize[i];
	}
	frame->extended_data = frame->data;
	return 0;
}

void inplace_serve(struct inplace *inplace, AVCodecContext *decoder, bool wait)
{
	if (!(decoder->codec->capabilities & AV_CODEC_CAP_DR1))
		return;
	inplace->wait = wait;
	decoder->opaque = inplace;
	decoder->get_buffer2 = get_buffer;
#if LIBAVCODEC_VERSION_MAJOR < 60
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	decoder->thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
#endif
}

/* References of the codec, frames it delays, one more for each thread, and two that are on their way. */
uint32_t inplace_quota(struct inplace *inplace, const AVCodecContext *decoder)
{
	pthread_mutex_lock(&inplace->lock);
	int references = inplace->references;
	pthread_mutex_unlock(&inplace->lock);
	if (decoder->codec_descriptor && (decoder->codec_descriptor->props & AV_CODEC_PROP_INTRA_ONLY))
		references = 0;
	else if (references == 0)
		references = REFERENCES;
	int threads = (decoder->active_thread_type & FF_THREAD_FRAME) ? decoder->thread_count : 1;
	return (uint32_t)FFMIN(references + decoder->has_b_frames + threads + 2, MAX_SLOTS - 1);
}

bool inplace_picture(struct inplace *inplace, const AVFrame *frame, struct picture *ret_memory,
		     struct picture *ret_visible)
{
	pthread_mutex_lock(&inplace->lock);
	struct picture memory = inplace->wanted;
	pthread_mutex_unlock(&inplace->lock);
	if (memory.bytes == 0 || memory.format != (enum AVPixelFormat)frame->format || !frame->buf[0])
		return false;
	struct picture visible = memory;
	visible.width = frame->width;
	visible.height = frame->height;
	int planes = av_pix_fmt_count_planes(memory.format);
	bool one_block = planes > 1 && !frame->buf[1]; /* a slot; FFmpeg's own memory has a block for each plane */
	for (int i = 0; i < planes; i++) {
		const AVBufferRef *block = frame->buf[one_block ? 0 : i];
		uint32_t begin = one_block ? memory.offset[i] : 0;
		if (!block || frame->linesize[i] != memory.linesize[i] || frame->data[i] < block->data + begin)
			return false;
		visible.offset[i] += (uint32_t)(frame->data[i] - block->data - begin);
	}
	*ret_memory = memory;
	*ret_visible = visible;
	return true;
}

void inplace_use(struct inplace *inplace, fb_writer *writer, const struct picture *memory,
		 const struct picture *visible, uint32_t quota)
{
	pthread_mutex_lock(&inplace->lock);
	fb_worker_writer_unref(inplace->writer);
	inplace->writer = writer ? fb_worker_writer_ref(writer) : NULL;
	if (writer) {
		inplace->memory = *memory;
		inplace->begin = visible->offset[0];
	}
	inplace->quota = quota;
	pthread_mutex_unlock(&inplace->lock);
}

static bool same_planes(const struct inplace_slot *slot, const AVFrame *frame)
{
	for (int i = 0; i < av_pix_fmt_count_planes(frame->format); i++)
		if (frame->data[i] != slot->data[i] || frame->linesize[i] != slot->slot.linesize[i])
			return false;
	return true;
}

struct inplace_slot *inplace_find(struct inplace *inplace, const AVFrame *frame, const fb_writer *writer)
{
	struct inplace_slot *found = NULL;
	pthread_mutex_lock(&inplace->lock);
	for (int i = 0; i < MAX_SLOTS && frame->buf[0]; i++) {
		struct inplace_slot *slot = inplace->slots[i];
		if (slot && slot->base == frame->buf[0]->data && slot->writer == writer && !slot->published &&
		    same_planes(slot, frame))
			found = slot;
	}
	pthread_mutex_unlock(&inplace->lock);
	return found;
}

struct fb_slot *inplace_slot(struct inplace_slot *slot)
{
	return &slot->slot;
}

int inplace_publish(struct inplace_slot *slot)
{
	uint64_t seq;
	int r = fb_worker_publish_pinned(&slot->slot, &seq);
	pthread_mutex_lock(&slot->inplace->lock);
	slot->published = r == 0;
	pthread_mutex_unlock(&slot->inplace->lock);
	return r;
}
