/* sound.c: libswresample counts samples and compares them with the time stamps. */
#include "sink/sound.h"
#include <libavutil/audio_fifo.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <stdlib.h>
#include <string.h>

#define UNTOUCHED_S 0.005 /* a difference that nobody hears */
#define STRETCH 0.005     /* of the speed, at most, where it is more */
#define GAP_S 0.1         /* and beyond this, or after a gap, it is filled with silence, or cut, at once */
#define ANY_FRAME_SIZE 1024

static const AVRational nanoseconds = {1, 1000000000};

struct sound {
	const AVCodecContext *encoder;
	int64_t origin_ns;
	SwrContext *swr; /* NULL: nothing came yet */
	int rate, channels;
	enum AVSampleFormat format;
	AVAudioFifo *fifo;
	AVFrame *converted; /* what is being moved into the fifo */
	int64_t taken;      /* samples, by the encoder */
};

struct sound *sound_create(const AVCodecContext *encoder, int64_t origin_ns)
{
	struct sound *sound = calloc(1, sizeof *sound);
	if (!sound)
		return NULL;
	sound->encoder = encoder;
	sound->origin_ns = origin_ns;
	sound->converted = av_frame_alloc();
	sound->fifo = av_audio_fifo_alloc(encoder->sample_fmt, encoder->ch_layout.nb_channels, ANY_FRAME_SIZE);
	if (!sound->converted || !sound->fifo) {
		sound_destroy(sound);
		return NULL;
	}
	return sound;
}

void sound_destroy(struct sound *sound)
{
	if (!sound)
		return;
	swr_free(&sound->swr);
	if (sound->fifo)
		av_audio_fifo_free(sound->fifo);
	av_frame_free(&sound->converted);
	free(sound);
}

/* The samples that have come out so far, in those that go in. */
static int64_t position(const struct sound *sound, int rate)
{
	int64_t samples = sound->taken + av_audio_fifo_size(sound->fifo);
	return av_rescale(samples, rate, sound->encoder->sample_rate);
}

static int open_resampler(struct sound *sound, enum AVSampleFormat format, int rate, int channels)
{
	AVChannelLayout in;
	av_channel_layout_default(&in, channels);
	swr_free(&sound->swr);
	int r = swr_alloc_set_opts2(&sound->swr, (AVChannelLayout *)&sound->encoder->ch_layout,
				    sound->encoder->sample_fmt, sound->encoder->sample_rate, &in, format, rate, 0,
				    NULL);
	if (r < 0)
		return r;
	av_opt_set_int(sound->swr, "flags", SWR_FLAG_RESAMPLE, 0); /* it could not begin to stretch later */
	av_opt_set_double(sound->swr, "min_comp", UNTOUCHED_S, 0);
	av_opt_set_double(sound->swr, "max_soft_comp", STRETCH, 0);
	av_opt_set_double(sound->swr, "comp_duration", 1, 0);
	av_opt_set_int(sound->swr, "first_pts", position(sound, rate), 0);
	r = swr_init(sound->swr);
	if (r < 0) {
		swr_free(&sound->swr);
		return r;
	}
	sound->format = format;
	sound->rate = rate;
	sound->channels = channels;
	return 0;
}

/* Moves what the resampler gives for the samples that go in to the fifo. */
static int convert(struct sound *sound, const uint8_t **data, int samples)
{
	AVFrame *frame = sound->converted;
	int room = swr_get_out_samples(sound->swr, samples);
	if (room <= 0)
		return room;
	av_frame_unref(frame);
	frame->format = sound->encoder->sample_fmt;
	frame->nb_samples = room;
	int r = av_channel_layout_copy(&frame->ch_layout, &sound->encoder->ch_layout);
	if (r >= 0)
		r = av_frame_get_buffer(frame, 0);
	if (r >= 0)
		r = swr_convert(sound->swr, frame->extended_data, room, data, samples);
	return r > 0 ? av_audio_fifo_write(sound->fifo, (void **)frame->extended_data, r) : r;
}

static void set_time(struct sound *sound, int64_t time_ns)
{
	AVRational ticks = {1, sound->rate};
	int64_t samples = av_rescale_q(time_ns - sound->origin_ns, nanoseconds, ticks);
	int64_t rest_ns = time_ns - sound->origin_ns - av_rescale_q(samples, ticks, nanoseconds);
	int64_t unit = (int64_t)sound->rate * sound->encoder->sample_rate;
	swr_next_pts(sound->swr, samples * sound->encoder->sample_rate + av_rescale(rest_ns, unit, nanoseconds.den));
}

int sound_put(struct sound *sound, const struct fb_frame *block, int64_t time_ns, bool after_gap)
{
	enum AVSampleFormat format = av_get_sample_fmt(block->info->format);
	int rate = (int)block->info->sample_rate, channels = (int)block->info->channels;
	const uint8_t *data[1] = {block->data[0]};
	if (block->info->media != FB_AUDIO || format == AV_SAMPLE_FMT_NONE || rate < 1 || channels < 1)
		return AVERROR(EINVAL);
	if (!sound->swr || sound->format != format || sound->rate != rate || sound->channels != channels) {
		int r = open_resampler(sound, format, rate, channels);
		if (r < 0)
			return r;
	}
	av_opt_set_double(sound->swr, "min_hard_comp", after_gap ? UNTOUCHED_S : GAP_S, 0);
	set_time(sound, time_ns);
	return convert(sound, data, (int)block->samples);
}

int sound_put_silence(struct sound *sound, int64_t time_ns, int64_t duration_ns)
{
	static const uint8_t nothing[8];
	const uint8_t *data[1] = {nothing}; /* NULL would mean that no more comes */
	if (!sound->swr)
		return 0;
	set_time(sound, time_ns);
	int r = swr_inject_silence(sound->swr, (int)av_rescale(duration_ns, sound->rate, nanoseconds.den));
	return r < 0 ? r : convert(sound, data, 0);
}

void sound_end(struct sound *sound)
{
	if (sound->swr)
		convert(sound, NULL, 0);
}

int sound_take(struct sound *sound, bool last, AVFrame **ret_frame)
{
	int there = av_audio_fifo_size(sound->fifo);
	int wanted = sound->encoder->frame_size ? sound->encoder->frame_size : ANY_FRAME_SIZE;
	if (there == 0 || (there < wanted && !last))
		return AVERROR(EAGAIN);
	AVFrame *frame = av_frame_alloc();
	if (!frame)
		return AVERROR(ENOMEM);
	frame->format = sound->encoder->sample_fmt;
	frame->nb_samples = FFMIN(there, wanted);
	frame->sample_rate = sound->encoder->sample_rate;
	int r = av_channel_layout_copy(&frame->ch_layout, &sound->encoder->ch_layout);
	if (r >= 0)
		r = av_frame_get_buffer(frame, 0);
	if (r >= 0)
		r = av_audio_fifo_read(sound->fifo, (void **)frame->extended_data, frame->nb_samples);
	if (r < 0) {
		av_frame_free(&frame);
		return r;
	}
	frame->pts = sound->taken;
	sound->taken += frame->nb_samples;
	*ret_frame = frame;
	return 0;
}
