/* audio_encoder.c: the nearest that the encoder takes to what is asked, or to what comes. */
#include "sink/audio_encoder.h"
#include <libavutil/avstring.h>

static enum AVSampleFormat sample_format(const AVCodec *codec)
{
	return codec->sample_fmts ? codec->sample_fmts[0] : AV_SAMPLE_FMT_S16;
}

/* The lowest rate that loses nothing, else the highest. */
static int nearest_rate(const AVCodec *codec, int wanted)
{
	int above = 0, highest = 0;
	if (!codec->supported_samplerates)
		return wanted;
	for (const int *rate = codec->supported_samplerates; *rate; rate++) {
		if (*rate >= wanted && (!above || *rate < above))
			above = *rate;
		highest = FFMAX(highest, *rate);
	}
	return above ? above : highest;
}

static int choose_rate(const struct config_sink_audio *config, const AVCodec *codec, int given, int prefer,
		       int *ret_rate, struct media_error *ret_error)
{
	int wanted = config->sample_rate ? config->sample_rate : prefer ? prefer : given;
	int rate = nearest_rate(codec, wanted);
	if (config->sample_rate && rate != config->sample_rate)
		return error_say(ret_error, "correct sample_rate, or leave it out",
				 "audio sample_rate: the encoder %s does not take %d Hz; the nearest is %d",
				 codec->name, config->sample_rate, rate);
	*ret_rate = rate;
	return 0;
}

/* The channels that are asked for, or that come; else the most below that the encoder takes. */
static int choose_layout(const struct config_sink_audio *config, const AVCodec *codec, int given,
			 AVChannelLayout *ret_layout, struct media_error *ret_error)
{
	int wanted = config->channels ? config->channels : given;
	const AVChannelLayout *best = NULL;
	if (!codec->ch_layouts) {
		av_channel_layout_default(ret_layout, wanted);
		return 0;
	}
	for (const AVChannelLayout *layout = codec->ch_layouts; layout->nb_channels; layout++) {
		bool better = layout->nb_channels <= wanted && (!best || layout->nb_channels > best->nb_channels);
		best = better ? layout : best;
	}
	if (!best || (config->channels && best->nb_channels != wanted))
		return error_say(ret_error, "set channels: 2, or 1",
				 "audio channels: the encoder %s does not take %d channels", codec->name, wanted);
	return av_channel_layout_copy(ret_layout, best) < 0 ? error_say(ret_error, "", "out of memory") : 0;
}

int audio_encoder_open(struct host *host, const AVCodec *codec, int sample_rate, int channels, int prefer_rate,
		       int64_t origin_ns, struct encoder **ret_encoder, struct media_error *ret_error)
{
	const struct config_sink_audio *config = &host->config->audio;
	AVCodecContext *context = avcodec_alloc_context3(codec);
	if (!context)
		return error_say(ret_error, "", "out of memory");
	int r = choose_rate(config, codec, sample_rate, prefer_rate, &context->sample_rate, ret_error);
	if (r == 0)
		r = choose_layout(config, codec, channels, &context->ch_layout, ret_error);
	if (r < 0) {
		avcodec_free_context(&context);
		return r;
	}
	context->sample_fmt = sample_format(codec);
	context->time_base = (AVRational){1, context->sample_rate};
	context->bit_rate = config->bit_rate;
	return encoder_open(host, QUEUE_AUDIO, context, "", &config->codec_options, origin_ns, ret_encoder, ret_error);
}
