/* source_double.c: see the header. */
#include "source_double.h"
#include <errno.h>
#include <jansson.h>
#include <libavutil/md5.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum slot_state { SLOT_FREE, SLOT_CLAIMED, SLOT_PUBLISHED };

struct slot {
	enum slot_state state;
	unsigned pins;
	uint64_t seq;
	uint8_t md5[16];
};

struct fb_writer {
	atomic_int refs;
	char stream[32];
	struct fb_worker_layout layout;
	unsigned generation, slots;
	struct slot *slot;
	uint8_t *data;
	uint64_t seq;
	bool closed;
};

#define WINDOW 4 /* depth + spare */

static struct broker_double state;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct broker_double *double_begin(void)
{
	memset(&state, 0, sizeof state);
	return &state;
}

/* ---- what the worker calls ---- */

int fb_worker_job_changed(fb_broker *broker, char **ret_text)
{
	(void)broker;
	pthread_mutex_lock(&lock);
	const char *job = state.frames >= state.next_job_after ? state.next_job : NULL;
	if (job)
		state.next_job = NULL;
	pthread_mutex_unlock(&lock);
	if (!job)
		return 0;
	*ret_text = strdup(job);
	return 1;
}

int fb_worker_report(fb_broker *broker, enum fb_state now, const char *json)
{
	(void)broker;
	json_t *root = json_loads(json, 0, NULL);
	const char *error = json_string_value(json_object_get(root, "error"));
	pthread_mutex_lock(&lock);
	if ((state.state_count == 0 || state.states[state.state_count - 1] != now) && state.state_count < 64)
		state.states[state.state_count++] = now;
	snprintf(state.report, sizeof state.report, "%s", json);
	if (error)
		snprintf(state.error, sizeof state.error, "%s", error);
	pthread_mutex_unlock(&lock);
	json_decref(root);
	return 0;
}

bool fb_worker_stopping(fb_broker *broker)
{
	(void)broker;
	pthread_mutex_lock(&lock);
	bool stop = (state.stop_after && state.frames >= state.stop_after) ||
		    (state.stop_when_dropped && state.dropped >= state.stop_when_dropped) ||
		    (state.stop_on_error && state.error[0]);
	pthread_mutex_unlock(&lock);
	return stop;
}

const char *fb_error_text(void)
{
	return "refused by the test";
}

int fb_worker_writer_open(fb_broker *broker, const char *stream, const struct fb_worker_layout *layout,
			  fb_writer **ret_writer)
{
	(void)broker;
	if (state.refuse > 0) {
		state.refuse--;
		return -ENOSPC;
	}
	fb_writer *writer = calloc(1, sizeof *writer);
	atomic_init(&writer->refs, 1);
	snprintf(writer->stream, sizeof writer->stream, "%s", stream);
	writer->layout = *layout;
	writer->slots = WINDOW + layout->claims;
	writer->slot = calloc(writer->slots, sizeof *writer->slot);
	writer->data = aligned_alloc(4096, (writer->slots * layout->info.slot_bytes + 4095) / 4096 * 4096);
	pthread_mutex_lock(&lock);
	writer->generation = writer->layout.info.generation = ++state.generations;
	pthread_mutex_unlock(&lock);
	*ret_writer = writer;
	return 0;
}

int fb_worker_packets_open(fb_broker *broker, const char *stream, const struct fb_stream_info *info, uint64_t bytes,
			   uint32_t packets, fb_writer **ret_writer)
{
	(void)bytes;
	(void)packets;
	struct fb_worker_layout layout = {.info = *info};
	layout.info.slot_bytes = 64; /* packets are recorded, not kept */
	return fb_worker_writer_open(broker, stream, &layout, ret_writer);
}

static uint8_t *slot_data(const fb_writer *writer, unsigned id)
{
	return writer->data + id * writer->layout.info.slot_bytes;
}

static void visible_md5(const fb_writer *writer, unsigned id, uint32_t samples, uint8_t *ret_md5)
{
	const struct fb_worker_layout *layout = &writer->layout;
	struct AVMD5 *md5 = av_md5_alloc();
	av_md5_init(md5);
	for (unsigned p = 0; p < layout->info.planes; p++) {
		uint32_t rows = layout->info.media == FB_AUDIO ? samples : layout->info.plane[p].rows;
		for (uint32_t y = 0; y < rows; y++)
			av_md5_update(md5,
				      slot_data(writer, id) + layout->plane_offset[p] +
					      (size_t)y * (size_t)layout->linesize[p],
				      layout->info.plane[p].row_bytes);
	}
	av_md5_final(md5, ret_md5);
	av_free(md5);
}

static void check_kept(const fb_writer *writer, unsigned id)
{
	uint8_t now[16];
	visible_md5(writer, id, writer->layout.info.frame_size, now);
	if (writer->layout.info.media == FB_VIDEO && memcmp(now, writer->slot[id].md5, 16) != 0)
		state.rewritten++;
}

static int find_slot(fb_writer *writer)
{
	int best = -1;
	unsigned outside = 0;
	for (unsigned i = 0; i < writer->slots; i++) {
		struct slot *slot = &writer->slot[i];
		outside += slot->state == SLOT_CLAIMED || slot->pins > 0;
		if (slot->state == SLOT_FREE)
			best = (int)i;
		else if (slot->state == SLOT_PUBLISHED && slot->pins == 0 &&
			 (best < 0 ||
			  (writer->slot[best].state == SLOT_PUBLISHED && slot->seq < writer->slot[best].seq)))
			best = (int)i;
	}
	if (outside >= writer->layout.claims)
		state.overdrawn++;
	return best;
}

int fb_writer_claim(fb_writer *writer, const struct fb_frame *origin, int64_t timeout_ns, struct fb_slot *ret_slot)
{
	(void)origin;
	pthread_mutex_lock(&lock);
	static unsigned claims;
	bool busy = state.full || (state.busy_every && ++claims % state.busy_every == 0);
	int id = busy ? -1 : find_slot(writer);
	if (id >= 0) {
		if (writer->slot[id].state == SLOT_PUBLISHED)
			check_kept(writer, (unsigned)id);
		writer->slot[id].state = SLOT_CLAIMED;
		memset(slot_data(writer, (unsigned)id), 0xa5, writer->layout.info.slot_bytes);
	}
	pthread_mutex_unlock(&lock);
	if (id < 0) {
		struct timespec nap = {.tv_nsec = timeout_ns > 0 ? 1000000 : 0};
		nanosleep(&nap, NULL);
		return -ETIMEDOUT;
	}
	struct fb_slot slot = {.info = &writer->layout.info};
	for (unsigned p = 0; p < writer->layout.info.planes; p++) {
		slot.data[p] = slot_data(writer, (unsigned)id) + writer->layout.plane_offset[p];
		slot.linesize[p] = writer->layout.linesize[p];
	}
	slot.claim[0] = (uintptr_t)fb_worker_writer_ref(writer);
	slot.claim[2] = (uint64_t)id;
	*ret_slot = slot;
	return 0;
}

static int publish(struct fb_slot *slot, bool pin, uint64_t *ret_seq)
{
	fb_writer *writer = (fb_writer *)(uintptr_t)slot->claim[0];
	unsigned id = (unsigned)slot->claim[2];
	pthread_mutex_lock(&lock);
	struct slot *mine = &writer->slot[id];
	uint32_t samples = writer->layout.info.media == FB_AUDIO ? slot->samples : 0;
	visible_md5(writer, id, samples, mine->md5);
	mine->state = SLOT_PUBLISHED;
	mine->pins = pin;
	mine->seq = *ret_seq = ++writer->seq;
	if (state.frames < DOUBLE_FRAMES) {
		struct double_frame *frame = &state.frame[state.frames];
		*frame = (struct double_frame){.generation = writer->generation,
					       .info = writer->layout.info,
					       .pts_ns = slot->pts_ns,
					       .duration_ns = slot->duration_ns,
					       .capture_ns = slot->capture_ns,
					       .utc_ns = slot->utc_ns,
					       .flags = slot->flags,
					       .samples = slot->samples,
					       .in_place = pin};
		memcpy(frame->stream, writer->stream, sizeof frame->stream);
		for (int i = 0; i < 16; i++)
			snprintf(frame->md5 + 2 * i, 3, "%02x", mine->md5[i]);
	}
	state.frames++;
	pthread_mutex_unlock(&lock);
	slot->claim[0] = 0;
	fb_worker_writer_unref(writer);
	return 0;
}

int fb_worker_publish_packet(fb_writer *writer, const struct fb_worker_packet *packet, int64_t timeout_ns,
			     uint64_t *ret_seq)
{
	(void)timeout_ns;
	(void)ret_seq;
	uint8_t md5[16];
	av_md5_sum(md5, packet->data, packet->size);
	pthread_mutex_lock(&lock);
	if (state.frames < DOUBLE_FRAMES) {
		struct double_frame *frame = &state.frame[state.frames];
		*frame = (struct double_frame){.generation = writer->generation,
					       .info = writer->layout.info,
					       .pts_ns = packet->pts_ns,
					       .dts_ns = packet->dts_ns,
					       .duration_ns = packet->duration_ns,
					       .capture_ns = packet->capture_ns,
					       .utc_ns = packet->utc_ns,
					       .flags = packet->flags,
					       .track = packet->track,
					       .size = packet->size,
					       .metadata_size = packet->metadata_size};
		memcpy(frame->stream, writer->stream, sizeof frame->stream);
		for (int i = 0; i < 16; i++)
			snprintf(frame->md5 + 2 * i, 3, "%02x", md5[i]);
	}
	state.frames++;
	pthread_mutex_unlock(&lock);
	return 0;
}

int fb_slot_publish(struct fb_slot *slot, uint64_t *ret_seq)
{
	return publish(slot, false, ret_seq);
}

int fb_worker_publish_pinned(struct fb_slot *slot, uint64_t *ret_seq)
{
	return publish(slot, true, ret_seq);
}

uint32_t fb_worker_slot_id(const struct fb_slot *slot)
{
	return (uint32_t)slot->claim[2];
}

void fb_worker_unpin(fb_writer *writer, uint32_t id)
{
	pthread_mutex_lock(&lock);
	writer->slot[id].pins--;
	pthread_mutex_unlock(&lock);
}

void fb_slot_cancel(struct fb_slot *slot)
{
	fb_writer *writer = (fb_writer *)(uintptr_t)slot->claim[0];
	if (!writer)
		return;
	pthread_mutex_lock(&lock);
	writer->slot[slot->claim[2]].state = SLOT_FREE;
	pthread_mutex_unlock(&lock);
	slot->claim[0] = 0;
	fb_worker_writer_unref(writer);
}

void fb_worker_count_dropped(fb_writer *writer)
{
	(void)writer;
	state.dropped++;
}

fb_writer *fb_worker_writer_ref(fb_writer *writer)
{
	atomic_fetch_add(&writer->refs, 1);
	return writer;
}

void fb_worker_writer_unref(fb_writer *writer)
{
	if (!writer || atomic_fetch_sub(&writer->refs, 1) != 1)
		return;
	for (unsigned i = 0; i < writer->slots; i++) {
		if (writer->slot[i].state == SLOT_CLAIMED || writer->slot[i].pins > 0)
			state.left++;
		else if (writer->slot[i].state == SLOT_PUBLISHED)
			check_kept(writer, i);
	}
	free(writer->data);
	free(writer->slot);
	free(writer);
}

void fb_writer_close(fb_writer **writer)
{
	fb_writer *self = *writer;
	*writer = NULL;
	fb_worker_writer_unref(self);
}

int fb_writer_end(fb_writer *writer)
{
	(void)writer;
	state.ended++;
	return 0;
}

/* ---- what the tests call ---- */

int double_run(const char *keys, int64_t epoch_ns)
{
	json_t *root = json_pack("{s:s, s:s, s:I}", "name", "clip", "keys", keys, "epoch_ns", (json_int_t)epoch_ns);
	if (state.first_wanted)
		json_object_set_new(root, "wanted", json_loads(state.first_wanted, 0, NULL));
	char *text = json_dumps(root, 0);
	struct job job;
	int r = job_read(text, &job);
	if (r == 0)
		r = source_run((fb_broker *)&state, &job, "source clip");
	free(text);
	json_decref(root);
	return r;
}

unsigned double_frames(const char *stream, const struct double_frame **ret_frames, unsigned size)
{
	unsigned count = 0;
	for (unsigned i = 0; i < state.frames && i < DOUBLE_FRAMES; i++)
		if (strcmp(state.frame[i].stream, stream) == 0 && count < size)
			ret_frames[count++] = &state.frame[i];
	return count;
}

bool double_had_state(enum fb_state wanted)
{
	for (unsigned i = 0; i < state.state_count; i++)
		if (state.states[i] == wanted)
			return true;
	return false;
}
