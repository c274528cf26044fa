/* copy_reader.c: each packet is offered to all tracks, which know theirs. */
#include "sink/copy_reader.h"
#include "base/clock.h"
#include "sink/input.h"
#include <errno.h>
#include <stdlib.h>

#define LONGEST_WAIT_NS (200 * NS_PER_MS)

struct copy_reader {
	struct host *host;
	struct copy_track *tracks[QUEUE_TRACKS]; /* NULL: not read here */
	pthread_t thread;
	struct input input;
};

static void take(struct copy_reader *reader, const struct fb_frame *packet)
{
	for (unsigned i = 0; i < QUEUE_TRACKS; i++)
		if (reader->tracks[i])
			copy_track_take(reader->tracks[i], packet);
}

static bool are_over(const struct copy_reader *reader)
{
	for (unsigned i = 0; i < QUEUE_TRACKS; i++)
		if (reader->tracks[i] && !copy_track_is_over(reader->tracks[i]))
			return false;
	return true;
}

static void wait_for_room(const struct host *host)
{
	while (queue_is_full(host->queue) && !host_stopping(host))
		host_sleep_until(host, clock_monotonic_ns() + LONGEST_WAIT_NS);
}

static void *run(void *opaque)
{
	struct copy_reader *reader = opaque;
	int r = 0;
	while (!host_stopping(reader->host) && r != -ENODATA && !are_over(reader)) {
		struct fb_frame packet;
		r = input_read(&reader->input, clock_monotonic_ns() + LONGEST_WAIT_NS, &packet);
		if (r < 0)
			continue;
		take(reader, &packet);
		fb_frame_release(&packet);
		wait_for_room(reader->host);
	}
	for (unsigned i = 0; i < QUEUE_TRACKS; i++)
		if (reader->tracks[i])
			copy_track_end(reader->tracks[i]);
	return NULL;
}

int copy_reader_create(struct host *host, const char *stream, struct copy_track *video, struct copy_track *audio,
		       struct copy_reader **ret_reader, struct media_error *ret_error)
{
	struct copy_reader *reader = calloc(1, sizeof *reader);
	if (!reader)
		return error_say(ret_error, "", "out of memory");
	reader->host = host;
	reader->tracks[QUEUE_VIDEO] = video;
	reader->tracks[QUEUE_AUDIO] = audio;
	input_init(&reader->input, host, stream, video ? REPORT_VIDEO_STREAM : REPORT_AUDIO_STREAM);
	if (pthread_create(&reader->thread, NULL, run, reader) != 0) {
		free(reader);
		return error_say(ret_error, "", "cannot start a thread");
	}
	*ret_reader = reader;
	return 0;
}

void copy_reader_destroy(struct copy_reader *reader)
{
	if (!reader)
		return;
	pthread_join(reader->thread, NULL);
	input_close(&reader->input);
	free(reader);
}
