/* audio.c: libswresample writes straight into the slot that is being filled. The time of a block is counted in samples
 * from the last point where the source's own time stamps were taken; where they run away, counting begins anew there.
 */
#include "source/audio.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRIFT_NS (50 * NS_PER_MS) /* beyond it the sample count is not the time any more */

struct audio {
	struct output output;
	struct SwrContext *swr; /* NULL: to be opened */
	int format, rate;       /* of what goes in */
	AVChannelLayout channels;
	int out_rate, out_channels, sample_bytes; /* sample_bytes: of all channels */
	struct fb_slot slot;                      /* being filled */
	bool has_slot;
	int filled;
	struct moment moment, slot_moment; /* of what came last, and when the slot was begun */
	int64_t start_ns;
	int64_t counted; /* samples that came out since start_ns, at out_rate */
	int64_t taken;   /* samples that went in since start_ns, at rate */
};

struct audio *audio_create(const struct config_output *config, const struct output_host *host, bool main_media)
{
	struct audio *audio = calloc(1, sizeof *audio);
	if (!audio)
		return NULL;
	output_init(&audio->output, config, host);
	audio->output.main_media = main_media;
	return audio;
}

static void stop(struct audio *audio, bool end)
{
	if (audio->has_slot)
		fb_slot_cancel(&audio->slot);
	audio->has_slot = false;
	audio->filled = 0;
	swr_free(&audio->swr);
	output_finish(&audio->output, end);
}

void audio_rest(struct audio *audio)
{
	stop(audio, false);
}

void audio_destroy(struct audio *audio, bool end)
{
	if (!audio)
		return;
	stop(audio, end);
	av_channel_layout_uninit(&audio->channels);
	free(audio);
}

struct output *audio_output(struct audio *audio)
{
	return &audio->output;
}

static enum AVSampleFormat sample_format(const struct audio *audio)
{
	switch (audio->output.config->sample_format) {
	case CONFIG_S32:
		return AV_SAMPLE_FMT_S32;
	case CONFIG_FLT:
		return AV_SAMPLE_FMT_FLT;
	default:
		return AV_SAMPLE_FMT_S16;
	}
}

static int open_resampler(struct audio *audio, const AVFrame *frame)
{
	const struct config_output *config = audio->output.config;
	AVChannelLayout in = {0}, out = {0}; /* copying into one frees what it had */
	if (av_channel_layout_copy(&in, &frame->ch_layout) < 0)
		return AVERROR(ENOMEM);
	if (in.order == AV_CHANNEL_ORDER_UNSPEC) /* as ffmpeg guesses it */
		av_channel_layout_default(&in, frame->ch_layout.nb_channels);
	audio->out_rate = config->sample_rate ? config->sample_rate : frame->sample_rate;
	audio->out_channels = config->channels ? config->channels : in.nb_channels;
	if (audio->out_channels == in.nb_channels)
		out = in;
	else
		av_channel_layout_default(&out, audio->out_channels);
	audio->sample_bytes = audio->out_channels * av_get_bytes_per_sample(sample_format(audio));
	av_channel_layout_uninit(&audio->channels);
	int r = swr_alloc_set_opts2(&audio->swr, &out, sample_format(audio), audio->out_rate, &in, frame->format,
				    frame->sample_rate, 0, NULL);
	if (r >= 0)
		r = swr_init(audio->swr);
	av_channel_layout_uninit(&in);
	if (r < 0) {
		swr_free(&audio->swr);
		return r;
	}
	audio->format = frame->format;
	audio->rate = frame->sample_rate;
	return av_channel_layout_copy(&audio->channels, &frame->ch_layout);
}

static void layout_of(const struct audio *audio, struct fb_worker_layout *ret_layout)
{
	struct fb_worker_layout layout = {.claims = 1};
	struct fb_stream_info *info = &layout.info;
	uint32_t frame_size = (uint32_t)audio->output.config->frame_size;
	uint32_t row_bytes = (uint32_t)audio->sample_bytes;
	info->media = FB_AUDIO;
	info->sample_rate = (uint32_t)audio->out_rate;
	info->channels = (uint32_t)audio->out_channels;
	info->frame_size = frame_size;
	info->planes = 1;
	info->plane[0] = (struct fb_plane){.rows = frame_size,
					   .row_bytes = row_bytes,
					   .components = (uint16_t)audio->out_channels,
					   .sample_bytes = (uint16_t)(audio->sample_bytes / audio->out_channels)};
	info->slot_bytes = ((uint64_t)frame_size * row_bytes + 63) / 64 * 64;
	layout.linesize[0] = (int32_t)row_bytes;
	snprintf(info->format, sizeof info->format, "%s", av_get_sample_fmt_name(sample_format(audio)));
	*ret_layout = layout;
}

/* 0 and a slot, -EAGAIN: the block is to be dropped, or -ECANCELED. */
static int begin_block(struct audio *audio)
{
	struct fb_worker_layout layout;
	layout_of(audio, &layout);
	int r = 0;
	audio->filled = 0;
	do {
		if (!output_fits(&audio->output, &layout))
			r = output_open(&audio->output, &layout);
		if (r == 0)
			r = output_claim(&audio->output, &audio->slot);
	} while (r == -EPIPE && !audio->output.live);
	audio->has_slot = r == 0;
	audio->slot_moment = audio->moment;
	return r;
}

static void end_block(struct audio *audio)
{
	struct moment moment = audio->slot_moment;
	moment.pts_ns = audio->start_ns + av_rescale(audio->counted, NS_PER_SECOND, audio->out_rate);
	moment.duration_ns = av_rescale(audio->filled, NS_PER_SECOND, audio->out_rate);
	audio->counted += audio->filled;
	if (audio->has_slot && audio->filled > 0) {
		output_stamp(&audio->output, &moment, &audio->slot);
		audio->slot.samples = (uint32_t)audio->filled;
		output_publish(&audio->output, &audio->slot);
	} else if (audio->has_slot) {
		fb_slot_cancel(&audio->slot);
	}
	audio->has_slot = false;
	audio->filled = 0;
}

/* Sound that found no slot is thrown away block by block, so that the time of the next one is right. */
static int skip_block(struct audio *audio, const uint8_t **in, int in_samples)
{
	int wanted = audio->output.config->frame_size;
	uint8_t *scrap = malloc((size_t)wanted * (size_t)audio->sample_bytes);
	int got = scrap ? swr_convert(audio->swr, &scrap, wanted, in, in_samples) : 0;
	free(scrap);
	audio->counted += FFMAX(got, 0);
	return got;
}

static int fill_slot(struct audio *audio, const uint8_t **in, int in_samples)
{
	uint8_t *to = audio->slot.data[0] + (size_t)audio->filled * (size_t)audio->sample_bytes;
	int got = swr_convert(audio->swr, &to, audio->output.config->frame_size - audio->filled, in, in_samples);
	audio->filled += FFMAX(got, 0);
	return got;
}

/* Gives the resampler more and moves what it has into blocks. in NULL: no more comes, it gives its last. */
static int fill_blocks(struct audio *audio, const uint8_t **in, int in_samples)
{
	for (;;) {
		int r = audio->has_slot ? 0 : begin_block(audio);
		if (r == -ECANCELED)
			return r;
		int got = audio->has_slot ? fill_slot(audio, in, in_samples) : skip_block(audio, in, in_samples);
		if (got <= 0 || (audio->has_slot && audio->filled < audio->output.config->frame_size))
			return 0;
		if (audio->has_slot)
			end_block(audio);
		in_samples = 0;
	}
}

/* The resampler gives its last, and the block that is not full goes out too. */
static int flush(struct audio *audio)
{
	int r = audio->swr ? fill_blocks(audio, NULL, 0) : 0;
	end_block(audio);
	swr_free(&audio->swr);
	return r;
}

/* Whether the frame is what the resampler is made for, at the time that the samples so far lead to. */
static bool continues(const struct audio *audio, const AVFrame *frame)
{
	if (!audio->swr || audio->format != frame->format || audio->rate != frame->sample_rate ||
	    av_channel_layout_compare(&audio->channels, &frame->ch_layout) != 0)
		return false;
	int64_t expected_ns = audio->start_ns + av_rescale(audio->taken, NS_PER_SECOND, audio->rate);
	return FFABS(frame->pts - expected_ns) <= DRIFT_NS;
}

static int begin_anew(struct audio *audio, const AVFrame *frame)
{
	int r = flush(audio);
	if (r < 0)
		return r;
	audio->start_ns = frame->pts;
	audio->counted = 0;
	audio->taken = 0;
	r = open_resampler(audio, frame);
	if (r >= 0)
		return 0;
	char text[AV_ERROR_MAX_STRING_SIZE] = "", sentence[256];
	av_strerror(r, text, sizeof text);
	snprintf(sentence, sizeof sentence, "libswresample cannot convert this sound: %s", text);
	output_problem(&audio->output, sentence, "check sample_rate and channels");
	return -EAGAIN;
}

int audio_frame(struct audio *audio, const AVFrame *frame, const struct arrivals *arrivals)
{
	if (frame->nb_samples < 1 || frame->sample_rate < 1)
		return 0;
	int r = continues(audio, frame) ? 0 : begin_anew(audio, frame);
	if (r < 0)
		return r == -ECANCELED ? r : 0;
	audio->moment = moment_of(frame, arrivals);
	audio->taken += frame->nb_samples;
	return fill_blocks(audio, (const uint8_t **)frame->extended_data, frame->nb_samples);
}

int audio_drain(struct audio *audio)
{
	return flush(audio);
}
