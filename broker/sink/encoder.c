/* encoder.c: what encoders of pictures and of sound have in common. */
#include "sink/encoder.h"
#include "media/avlog.h"
#include "media/options.h"
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <stdlib.h>

/* Without those that need a device of their own. */
static void list_encoders(enum AVMediaType type, char *buffer, size_t size)
{
	const AVCodec *codec;
	void *at = NULL;
	buffer[0] = '\0';
	while ((codec = av_codec_iterate(&at))) {
		if (!av_codec_is_encoder(codec) || codec->type != type ||
		    (codec->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_EXPERIMENTAL)))
			continue;
		av_strlcatf(buffer, size, "%s%s", buffer[0] ? ", " : "", codec->name);
	}
}

int encoder_find(const char *name, enum AVMediaType type, const AVCodec **ret_codec, struct media_error *ret_error)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(name);
	const char *kind = av_get_media_type_string(type);
	char list[sizeof ret_error->text];
	if (codec && codec->type == type) {
		*ret_codec = codec;
		return 0;
	}
	list_encoders(type, list, sizeof list);
	return error_say(ret_error, "ffmpeg -encoders describes them",
			 "%s codec: FFmpeg has no %s encoder %.60s; it has %s", kind, kind, name, list);
}

static AVDictionary *collect_options(const AVCodecContext *context, const char *profile,
				     const struct config_dictionary *codec_options)
{
	AVDictionary *options = options_of(codec_options);
	if (profile[0])
		av_dict_set(&options, "profile", profile, AV_DICT_DONT_OVERWRITE);
	/* a key frame that is asked for is one with which a player can begin */
	if (context->codec->priv_class && av_opt_find(context->priv_data, "forced-idr", NULL, 0, 0))
		av_dict_set(&options, "forced-idr", "1", AV_DICT_DONT_OVERWRITE);
	return options;
}

static int open_context(AVCodecContext *context, AVDictionary **options, struct media_error *ret_error)
{
	const char *kind = av_get_media_type_string(context->codec_type), *name = context->codec->name;
	avlog_forget();
	int r = avcodec_open2(context, context->codec, options);
	const char *unknown = options_unknown(*options);
	if (unknown)
		return error_say(ret_error, "ffmpeg -h encoder=NAME lists them; correct codec_options",
				 "%s codec_options: the encoder %s does not know the option %s", kind, name, unknown);
	if (r >= 0)
		return 0;
	char text[AVLOG_LINE];
	avlog_last_error(text, sizeof text);
	if (!text[0])
		av_strerror(r, text, sizeof text);
	return error_say(ret_error, "correct codec, codec_options, profile, size or format",
			 "%s: the encoder %s does not start: %s", kind, name, text);
}

static int begin_track(struct host *host, unsigned track, const AVCodecContext *context, int64_t origin_ns)
{
	AVCodecParameters *parameters = avcodec_parameters_alloc();
	struct queue_track info = {parameters, context->time_base, context->framerate, origin_ns};
	int r = parameters ? avcodec_parameters_from_context(parameters, context) : AVERROR(ENOMEM);
	if (r >= 0)
		r = queue_begin(host->queue, track, &info);
	avcodec_parameters_free(&parameters);
	return r;
}

int encoder_open(struct host *host, unsigned track, AVCodecContext *context, const char *profile,
		 const struct config_dictionary *codec_options, int64_t origin_ns, struct encoder **ret_encoder,
		 struct media_error *ret_error)
{
	struct encoder *encoder = calloc(1, sizeof *encoder);
	AVPacket *packet = av_packet_alloc();
	AVDictionary *options = collect_options(context, profile, codec_options);
	int r;
	if (host->global_header)
		context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	if (!encoder || !packet)
		r = error_say(ret_error, "", "out of memory");
	else
		r = open_context(context, &options, ret_error);
	if (r == 0 && begin_track(host, track, context, origin_ns) < 0)
		r = error_say(ret_error, "", "out of memory");
	av_dict_free(&options);
	if (r < 0) {
		avcodec_free_context(&context);
		av_packet_free(&packet);
		free(encoder);
		return r;
	}
	*encoder = (struct encoder){.host = host, .track = track, .context = context, .packet = packet};
	*ret_encoder = encoder;
	return 0;
}

void encoder_close(struct encoder *encoder)
{
	if (!encoder)
		return;
	avcodec_free_context(&encoder->context);
	av_packet_free(&encoder->packet);
	free(encoder);
}

/* How far what comes out lies behind what went in last. */
static void tell_delay(struct encoder *encoder, const AVPacket *packet)
{
	if (encoder->track != QUEUE_VIDEO)
		return;
	int64_t delay_ns =
		av_rescale_q(encoder->in_pts - packet->pts, encoder->context->time_base, (AVRational){1, 1000000000});
	atomic_store(&report_statistics(encoder->host->report)->encoder_delay_ns, FFMAX(delay_ns, 0));
}

static int take_packets(struct encoder *encoder)
{
	int r;
	while ((r = avcodec_receive_packet(encoder->context, encoder->packet)) >= 0) {
		AVPacket *packet = av_packet_alloc();
		if (!packet)
			return AVERROR(ENOMEM);
		av_packet_move_ref(packet, encoder->packet);
		tell_delay(encoder, packet);
		queue_push(encoder->host->queue, encoder->track, packet, host_start_ns(encoder->host));
	}
	return r == AVERROR(EAGAIN) || r == AVERROR_EOF ? 0 : r;
}

int encoder_encode(struct encoder *encoder, const AVFrame *frame)
{
	if (frame)
		encoder->in_pts = frame->pts;
	int r = avcodec_send_frame(encoder->context, frame);
	if (r == AVERROR(EAGAIN)) {
		r = take_packets(encoder);
		if (r >= 0)
			r = avcodec_send_frame(encoder->context, frame);
	}
	return r < 0 ? r : take_packets(encoder);
}
