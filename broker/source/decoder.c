/* decoder.c: codec, codec_options and the number of threads. */
#include "source/decoder.h"
#include "base/limits.h"
#include "media/options.h"
#include "source/hardware.h"
#include <libavutil/cpu.h>
#include <libavutil/pixdesc.h>

#define THREADS 4                               /* more cost a slot and a frame's delay each */
#define EASY_PIXELS (1920 * 1088 * INT64_C(31)) /* a second: what one thread decodes with plenty to spare */

int decoder_find_named(const struct config_source *config, const AVCodec **ret_codec, struct media_error *ret_error)
{
	const AVCodec *named = config->codec[0] ? avcodec_find_decoder_by_name(config->codec) : NULL;
	if (config->codec[0] && !named)
		return error_say(ret_error, "ffmpeg -decoders lists them", "codec: FFmpeg has no decoder %s",
				 config->codec);
	*ret_codec = named;
	return 0;
}

/* The key `codec` means the kind of track that the named decoder is for; other tracks take FFmpeg's choice. */
static int find_codec(const struct config_source *config, const AVStream *stream, const AVCodec **ret_codec,
		      struct media_error *ret_error)
{
	const AVCodec *named;
	int r = decoder_find_named(config, &named, ret_error);
	if (r < 0)
		return r;
	const AVCodec *codec = named && named->type == stream->codecpar->codec_type
				       ? named
				       : avcodec_find_decoder(stream->codecpar->codec_id);
	if (!codec)
		return error_say(ret_error, "convert it, or use an FFmpeg that has one",
				 "track %d: FFmpeg has no decoder for %s", stream->index,
				 avcodec_get_name(stream->codecpar->codec_id));
	*ret_codec = codec;
	return 0;
}

static bool has_video(const struct config_source *config)
{
	for (size_t i = 0; i < config->output_count; i++)
		if (config->outputs[i].media == CONFIG_VIDEO)
			return true;
	return false;
}

/* The key codec_options is for the pictures' decoder; for the sound's where the source has no pictures. */
static AVDictionary *collect_options(const struct config_source *config, const AVStream *stream)
{
	bool others = stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO && has_video(config);
	return others ? NULL : options_of(&config->codec_options);
}

static bool is_easy(const AVStream *stream)
{
	AVRational rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : (AVRational){25, 1};
	return (int64_t)stream->codecpar->width * stream->codecpar->height * rate.num <= EASY_PIXELS * rate.den;
}

/* Threads that work on a picture each give it out that much later. Threads within a picture do not, but not every
 * stream has work for them: a live source has only those where one is enough. Options that are about threads win. */
static void choose_threads(const struct config_source *config, const AVStream *stream, bool live,
			   AVCodecContext *decoder)
{
	AVDictionary *options = collect_options(config, stream);
	bool chosen = av_dict_get(options, "threads", NULL, 0) || av_dict_get(options, "thread_type", NULL, 0);
	decoder->thread_count = av_cpu_count() > 1 ? FFMIN(THREADS, av_cpu_count() + 1) : 1;
	/* hardware works on one picture at a time, and each thread would want pictures of its own there */
	if (!chosen && ((live && is_easy(stream)) || decoder->hw_device_ctx))
		decoder->thread_type = FF_THREAD_SLICE;
	av_dict_free(&options);
}

static int open_codec(const struct config_source *config, const AVStream *stream, const AVCodec *codec,
		      AVCodecContext *decoder, struct media_error *ret_error)
{
	AVDictionary *options = collect_options(config, stream);
	int r = avcodec_open2(decoder, codec, &options);
	const char *unknown = options_unknown(options);
	if (r < 0) {
		char text[AV_ERROR_MAX_STRING_SIZE] = "";
		av_strerror(r, text, sizeof text);
		r = error_say(ret_error, "check codec and codec_options", "track %d: the decoder %s does not start: %s",
			      stream->index, codec->name, text);
	} else if (unknown) {
		r = error_say(ret_error, "ffmpeg -h decoder=NAME lists them; correct codec_options",
			      "codec_options: the decoder %s does not know the option %s", codec->name, unknown);
	}
	av_dict_free(&options);
	return r;
}

int decoder_open(const struct config_source *config, const AVStream *stream, struct inplace *inplace, bool live,
		 struct report *report, AVCodecContext **ret_decoder, struct media_error *ret_error)
{
	const AVCodec *codec = NULL;
	int r = find_codec(config, stream, &codec, ret_error);
	if (r < 0)
		return r;
	AVCodecContext *decoder = avcodec_alloc_context3(codec);
	if (!decoder || avcodec_parameters_to_context(decoder, stream->codecpar) < 0) {
		avcodec_free_context(&decoder);
		return error_say(ret_error, "", "track %d: out of memory, or parameters that make no sense",
				 stream->index);
	}
	decoder->codec_id = codec->id; /* the key `codec` may say what the input does not */
	decoder->pkt_timebase = (AVRational){1, 1000000000};
	decoder->max_pixels = (int64_t)LIMIT_DIMENSION * LIMIT_DIMENSION;
	if (inplace)
		inplace_serve(inplace, decoder, !live);
	if (codec->type == AVMEDIA_TYPE_VIDEO)
		r = hardware_attach(config, decoder, report, ret_error);
	choose_threads(config, stream, live, decoder);
	if (r == 0)
		r = open_codec(config, stream, codec, decoder, ret_error);
	if (r < 0) {
		avcodec_free_context(&decoder);
		return r;
	}
	*ret_decoder = decoder;
	return 0;
}
