/* clip.c: one pass over the packets, oldest first. What comes before a key frame that is early enough is let go, so no
 * more than the beginning is ever in memory; the file begins when its tracks are known. */
#include "clip/clip.h"
#include "api/worker.h"
#include "base/clock.h"
#include "base/error.h"
#include "clip/clip_file.h"
#include "media/extradata.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACKS_KNOWN_NS (3 * NS_PER_SECOND / 2) /* by then every track has said what it is: they do each second */
#define GRACE_NS NS_PER_SECOND                  /* for the packets of a moment to come here */
#define SLICE_NS (200 * NS_PER_MS)              /* how often it looks whether to stop */
#define MOST_TRACKS 64

struct track {
	bool known;
	struct codec_parameters parameters;
};

struct clip {
	const struct clip_request *request;
	struct clip_result *result;
	struct clip_file *file;
	struct track tracks[MOST_TRACKS];
	struct fb_frame *queue; /* packets that wait for the file to begin; private copies, each of them */
	size_t count, room;
	bool started;     /* the queue begins with the clip's first packet */
	bool begun;       /* the file has its header */
	int64_t begin_ns; /* pts of that packet */
	int64_t begin_capture_ns, end_capture_ns;
};

static void add_note(struct clip *clip, const char *text)
{
	size_t length = strlen(clip->result->note);
	snprintf(clip->result->note + length, sizeof clip->result->note - length, "%s%s", length ? "; " : "", text);
}

/* ---- the queue ---- */

static void clear_queue(struct clip *clip)
{
	while (clip->count > 0)
		fb_frame_release(&clip->queue[--clip->count]);
	clip->started = false;
}

static int enqueue(struct clip *clip, struct fb_frame *packet)
{
	if (clip->count == clip->room) {
		size_t room = clip->room ? 2 * clip->room : 256;
		struct fb_frame *queue = reallocarray(clip->queue, room, sizeof *queue);
		if (!queue)
			return error_set(ENOMEM, "out of memory");
		clip->queue = queue;
		clip->room = room;
	}
	clip->queue[clip->count++] = *packet;
	packet->hold[0] = 0; /* it is the queue's now */
	return 0;
}

static bool is_video(const struct clip *clip, const struct fb_frame *packet)
{
	const struct track *track = &clip->tracks[packet->track];
	return track->known && track->parameters.codec->codec_type == AVMEDIA_TYPE_VIDEO;
}

/* The clip begins with this packet. Of those before it only sound stays that is heard later. */
static void start(struct clip *clip, const struct fb_frame *packet)
{
	size_t kept = 0;
	for (size_t i = 0; i < clip->count; i++) {
		if (is_video(clip, &clip->queue[i]) || clip->queue[i].pts_ns < packet->pts_ns)
			fb_frame_release(&clip->queue[i]);
		else
			clip->queue[kept++] = clip->queue[i];
	}
	clip->count = kept;
	clip->started = true;
	clip->begin_ns = packet->pts_ns;
	clip->begin_capture_ns = packet->capture_ns;
	clip->result->begin_utc_ns = packet->utc_ns;
}

/* ---- the file ---- */

static int write_packet(struct clip *clip, const struct fb_frame *packet)
{
	clip->end_capture_ns = packet->capture_ns;
	clip->result->end_utc_ns = packet->utc_ns + packet->duration_ns;
	return clip_file_write(clip->file, packet);
}

static int add_tracks(struct clip *clip)
{
	int taken = 0;
	for (uint32_t i = 0; i < MOST_TRACKS; i++) {
		if (!clip->tracks[i].known)
			continue;
		int r = clip_file_add(clip->file, i, &clip->tracks[i].parameters);
		if (r < 0)
			return r;
		if (r == 0)
			add_note(clip, error_text());
		taken += r;
	}
	return taken > 0 ? 0 : error_set(EINVAL, "%s", clip->result->note);
}

static int begin_file(struct clip *clip)
{
	int r = add_tracks(clip);
	if (r == 0)
		r = clip_file_begin(clip->file, clip->begin_ns);
	clip->begun = r == 0;
	for (size_t i = 0; i < clip->count && r == 0; i++)
		r = write_packet(clip, &clip->queue[i]);
	clear_queue(clip);
	return r;
}

/* ---- packets ---- */

enum { GO_ON, FINISH };

/* What the packet says of its track. FINISH: another picture or codec than the file was begun with. */
static int learn(struct clip *clip, const struct fb_frame *packet)
{
	struct track *track = &clip->tracks[packet->track];
	struct codec_parameters parameters;
	if (packet->metadata_size == 0)
		return GO_ON;
	int r = codec_parameters_read(packet->metadata, packet->metadata_size, &parameters);
	if (r < 0)
		return r;
	if (packet->flags & FB_KEY_FRAME)
		extradata_find(parameters.codec, packet->data[0], packet->size);
	bool changed = track->known && !codec_parameters_fit(&track->parameters, &parameters);
	codec_parameters_clear(&track->parameters);
	track->parameters = parameters;
	track->known = true;
	if (!changed)
		return GO_ON;
	if (clip->begun) {
		add_note(clip, "it ends where the stream's format changes");
		return FINISH;
	}
	clear_queue(clip); /* what was before cannot be in the same file */
	return GO_ON;
}

static bool may_start(const struct clip *clip, const struct fb_frame *packet)
{
	bool pictures = packet->info->width > 0; /* the clip begins with one where there are any */
	int64_t latest_ns = clip->request->now_ns - clip->request->before_ns;
	return packet->flags & FB_KEY_FRAME && clip->tracks[packet->track].known &&
	       (!pictures || is_video(clip, packet)) && (!clip->started || packet->capture_ns <= latest_ns);
}

static int take(struct clip *clip, struct fb_frame *packet)
{
	if (packet->track >= MOST_TRACKS)
		return GO_ON;
	int r = learn(clip, packet);
	if (r != GO_ON)
		return r;
	if (clip->begun)
		return write_packet(clip, packet);
	if (packet->missed > 0)
		clear_queue(clip);
	if (may_start(clip, packet))
		start(clip, packet);
	int64_t capture_ns = packet->capture_ns;
	r = enqueue(clip, packet);
	if (r == 0 && clip->started && capture_ns > clip->request->now_ns - clip->request->before_ns &&
	    capture_ns - clip->begin_capture_ns > TRACKS_KNOWN_NS)
		r = begin_file(clip);
	return r;
}

static int read_packets(struct clip *clip, fb_reader *reader)
{
	int64_t end_ns = clip->request->now_ns + clip->request->after_ns;
	int r = GO_ON;
	while (r == GO_ON) {
		struct fb_frame packet;
		int64_t left_ns = end_ns + GRACE_NS - clock_monotonic_ns();
		if (*clip->request->stop)
			return error_set(ECANCELED, "stopped before the clip was complete");
		r = fb_reader_read(reader, FFMAX(FFMIN(left_ns, SLICE_NS), 0), &packet);
		if (r == -ENODATA || (r == -ETIMEDOUT && left_ns <= SLICE_NS))
			return 0;
		if (r == -ETIMEDOUT) {
			r = GO_ON;
			continue;
		}
		if (r < 0)
			return error_set(-r, "%s", fb_error_text());
		if (packet.capture_ns > end_ns) {
			clip->end_capture_ns = end_ns;
			r = FINISH;
		} else {
			r = take(clip, &packet);
		}
		fb_frame_release(&packet);
	}
	return r < 0 ? r : 0;
}

/* ---- the whole ---- */

/* Says what is missing at both ends. */
static void judge(struct clip *clip)
{
	const struct clip_request *request = clip->request;
	int64_t lacks_ns = clip->begin_capture_ns - (request->now_ns - request->before_ns);
	int64_t short_ns = request->now_ns + request->after_ns - clip->end_capture_ns;
	char text[160];
	clip->result->complete = lacks_ns <= 0 && short_ns <= GRACE_NS;
	if (lacks_ns > 0) {
		snprintf(text, sizeof text,
			 "it begins %.1f s later than asked: the packets do not reach back further; "
			 "raise preroll",
			 (double)lacks_ns / 1e9);
		add_note(clip, text);
	}
	if (short_ns > GRACE_NS) {
		snprintf(text, sizeof text, "it ends %.1f s earlier than asked: no more packets came",
			 (double)short_ns / 1e9);
		add_note(clip, text);
	}
}

static int open_stream(fb_broker *broker, const char *stream, fb_reader **ret_reader)
{
	struct fb_reader_options options = FB_READER_OPTIONS;
	options.mode = FB_ORDERED;
	int r = fb_reader_open(broker, stream, &options, ret_reader);
	if (r < 0)
		return error_set(-r, "%s", fb_error_text());
	fb_worker_reader_rewind(*ret_reader);
	return 0;
}

static int finish(struct clip *clip)
{
	int r = 0;
	if (!clip->begun && !clip->started)
		return error_set(ENODATA, "stream %s: no key frame came to begin the clip with", clip->request->stream);
	if (!clip->begun)
		r = begin_file(clip);
	if (r < 0)
		return r;
	struct clip_file *file = clip->file;
	clip->file = NULL;
	r = clip_file_finish(file);
	if (r == 0)
		judge(clip);
	return r;
}

int clip_take(fb_broker *broker, const struct clip_request *request, struct clip_result *ret_result)
{
	struct clip_result result = {0};
	struct clip clip = {.request = request, .result = &result};
	fb_reader *reader = NULL;
	int r = open_stream(broker, request->stream, &reader);
	if (r == 0)
		r = clip_file_create(request->path, &clip.file);
	if (r == 0)
		r = read_packets(&clip, reader);
	if (r == 0)
		r = finish(&clip);
	clear_queue(&clip);
	free(clip.queue);
	clip_file_discard(clip.file);
	for (unsigned i = 0; i < MOST_TRACKS; i++)
		codec_parameters_clear(&clip.tracks[i].parameters);
	fb_reader_close(&reader);
	if (r == 0)
		*ret_result = result;
	return r;
}
