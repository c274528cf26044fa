/* audio_track.c: sound keeps its own time. Where none comes in time, silence takes its place, so that players do not
 * wait for it; sound that comes after that is cut by what was silent. */
#include "sink/audio_track.h"
#include "base/clock.h"
#include "sink/audio_encoder.h"
#include "sink/delay.h"
#include "sink/input.h"
#include "sink/sound.h"
#include <errno.h>
#include <stdlib.h>

#define AHEAD_NS NS_PER_SECOND        /* so long before its time sound is taken */
#define PATIENCE_NS (250 * NS_PER_MS) /* the least time that sound may be late */
#define SUDDEN_NS NS_PER_SECOND
#define SILENCE_NS (20 * NS_PER_MS) /* put in at once */
#define LONGEST_WAIT_NS (200 * NS_PER_MS)
#define RETRY_NS (5 * NS_PER_SECOND)
#define AFTER_PICTURE_NS (2 * NS_PER_SECOND)

struct audio_track {
	struct host *host;
	pthread_t thread;
	const AVCodec *codec;
	struct input input;
	struct timeline_track timeline;
	struct delay delay;
	struct encoder *encoder; /* NULL: not open (yet) */
	struct sound *sound;     /* with the encoder */
	int64_t retry_ns;
	int64_t end_ns; /* the playing time at which the sound that came ends */
	bool silent;    /* silence took its place since */
	unsigned generation;
};

static void tell_problem(struct audio_track *track, int averror, const char *what)
{
	char text[AV_ERROR_MAX_STRING_SIZE] = "";
	struct media_error error;
	av_strerror(averror, text, sizeof text);
	error_say(&error, "check the stream, codec and codec_options", "audio: %s: %s", what, text);
	report_problem(track->host->report, REPORT_AUDIO, &error);
}

static bool has_encoder(struct audio_track *track, const struct fb_frame *block, int64_t time_ns)
{
	struct media_error error;
	int64_t now_ns = clock_monotonic_ns();
	if (track->encoder)
		return true;
	if (now_ns < track->retry_ns)
		return false;
	track->retry_ns = now_ns + RETRY_NS;
	int r = -EINVAL;
	if (block->info->media != FB_AUDIO)
		error_say(&error, "name a stream with sound", "audio: stream %s has no sound in it",
			  track->input.stream);
	else
		r = audio_encoder_open(track->host, track->codec, (int)block->info->sample_rate,
				       (int)block->info->channels, track->host->sample_rate, time_ns, &track->encoder,
				       &error);
	if (r == 0 && !(track->sound = sound_create(track->encoder->context, time_ns))) {
		encoder_close(track->encoder);
		track->encoder = NULL;
		r = error_say(&error, "", "out of memory");
	}
	report_problem(track->host->report, REPORT_AUDIO, r < 0 ? &error : NULL);
	return r == 0;
}

static void encode(struct audio_track *track, bool last)
{
	AVFrame *frame;
	while (sound_take(track->sound, last, &frame) >= 0) {
		int r = encoder_encode(track->encoder, frame);
		av_frame_free(&frame);
		if (r < 0)
			tell_problem(track, r, "the encoder fails");
	}
}

static void put_block(struct audio_track *track, const struct fb_frame *block, int64_t time_ns,
		      const struct timeline_frame *times)
{
	bool after_gap = times->discontinuity || block->missed > 0 || track->silent;
	track->end_ns = FFMAX(track->end_ns, time_ns + times->duration_ns);
	track->silent = false;
	if (!has_encoder(track, block, time_ns))
		return;
	int r = sound_put(track->sound, block, time_ns, after_gap);
	if (r < 0)
		tell_problem(track, r, "libswresample cannot convert this sound");
	else
		encode(track, false);
}

static void take_block(struct audio_track *track, struct fb_frame *block)
{
	int64_t late_ns, rate = block->info->sample_rate ? block->info->sample_rate : 1;
	struct timeline_frame times = {.pts_ns = block->pts_ns,
				       .duration_ns = av_rescale(block->samples, NS_PER_SECOND, rate),
				       .capture_ns = block->capture_ns,
				       .discontinuity = (block->flags & FB_DISCONTINUITY) ||
							block->info->generation != track->generation};
	track->generation = block->info->generation;
	int64_t time_ns = host_place(track->host, &track->timeline, &times, &late_ns), now_ns = clock_monotonic_ns();
	if (!track->host->config->video.stream[0])
		atomic_store(&report_statistics(track->host->report)->input_ns, now_ns);
	delay_see(&track->delay, late_ns, now_ns);
	if (!track->host->unpaced)
		host_sleep_until(track->host, host_start_ns(track->host) + time_ns - AHEAD_NS);
	put_block(track, block, time_ns, &times);
	fb_frame_release(block);
}

/* Nothing came: silence, once that is late. */
static void fill(struct audio_track *track)
{
	if (!track->sound || host_position(track->host) < track->end_ns + track->delay.value_ns)
		return;
	int r = sound_put_silence(track->sound, track->end_ns, SILENCE_NS);
	track->end_ns += SILENCE_NS;
	track->silent = true;
	if (r < 0)
		tell_problem(track, r, "libswresample fails");
	else
		encode(track, false);
}

static void *run(void *opaque)
{
	struct audio_track *track = opaque;
	struct fb_frame block;
	int r = 0;
	while (!host_stopping(track->host) && r != -ENODATA) {
		int64_t until_ns = clock_monotonic_ns() + LONGEST_WAIT_NS;
		if (track->sound)
			until_ns = FFMIN(until_ns, host_start_ns(track->host) + track->end_ns + track->delay.value_ns);
		r = input_read(&track->input, until_ns, &block);
		if (r == 0)
			take_block(track, &block);
		else if (r == -ETIMEDOUT)
			fill(track);
		if (queue_pictures_over(track->host->queue, track->end_ns - AFTER_PICTURE_NS))
			break;
	}
	if (track->sound) {
		sound_end(track->sound);
		encode(track, true);
		encoder_encode(track->encoder, NULL);
	}
	queue_end(track->host->queue, QUEUE_AUDIO);
	return NULL;
}

int audio_track_create(struct host *host, const char *codec_name, struct audio_track **ret_track,
		       struct media_error *ret_error)
{
	const AVCodec *codec;
	int r = encoder_find(codec_name, AVMEDIA_TYPE_AUDIO, &codec, ret_error);
	if (r < 0)
		return r;
	struct audio_track *track = calloc(1, sizeof *track);
	if (!track)
		return error_say(ret_error, "", "out of memory");
	bool with_pictures = host->config->video.stream[0];
	track->host = host;
	track->codec = codec;
	track->timeline.same_clock = host->same_clock;
	delay_init(&track->delay, PATIENCE_NS, with_pictures ? host->config->max_delay_ns : INT64_MAX, SUDDEN_NS);
	input_init(&track->input, host, host->config->audio.stream, REPORT_AUDIO_STREAM);
	if (pthread_create(&track->thread, NULL, run, track) != 0) {
		free(track);
		return error_say(ret_error, "", "cannot start a thread");
	}
	*ret_track = track;
	return 0;
}

void audio_track_destroy(struct audio_track *track)
{
	if (!track)
		return;
	pthread_join(track->thread, NULL);
	input_close(&track->input);
	sound_destroy(track->sound);
	encoder_close(track->encoder);
	free(track);
}
