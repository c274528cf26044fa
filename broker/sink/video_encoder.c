/* video_encoder.c: chooses the pixel format and the size, and fills in the context. */
#include "sink/video_encoder.h"
#include "media/size.h"
#include <libavutil/avstring.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#define GOP_SECONDS 2
#define FINE_TIME_BASE 90000

static bool takes(const enum AVPixelFormat *formats, enum AVPixelFormat format)
{
	for (; *formats != AV_PIX_FMT_NONE; formats++)
		if (*formats == format)
			return true;
	return false;
}

static bool is_of_hardware(enum AVPixelFormat format)
{
	return av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_HWACCEL;
}

static int refuse_format(const AVCodec *codec, const char *name, struct media_error *ret_error)
{
	char list[sizeof ret_error->text / 2] = "";
	for (const enum AVPixelFormat *format = codec->pix_fmts; *format != AV_PIX_FMT_NONE; format++)
		if (!is_of_hardware(*format))
			av_strlcatf(list, sizeof list, "%s%s", list[0] ? ", " : "", av_get_pix_fmt_name(*format));
	return error_say(ret_error, "correct pixel_format, or leave it out",
			 "video pixel_format: the encoder %s does not take %.40s; it takes %s", codec->name, name,
			 list[0] ? list : "only pictures in the memory of the hardware");
}

/* Full range is the usual one for codecs that take it under a name of its own, such as mjpeg. */
static enum AVPixelFormat usual_format(const AVCodec *codec, enum AVPixelFormat given)
{
	if (!codec->pix_fmts)
		return AV_PIX_FMT_YUV420P;
	if (takes(codec->pix_fmts, AV_PIX_FMT_YUVJ420P) && codec->id == AV_CODEC_ID_MJPEG)
		return AV_PIX_FMT_YUVJ420P;
	if (takes(codec->pix_fmts, AV_PIX_FMT_YUV420P))
		return AV_PIX_FMT_YUV420P;
	return avcodec_find_best_pix_fmt_of_list(codec->pix_fmts, given, 0, NULL);
}

static int choose_format(const struct config_sink_video *config, const AVCodec *codec, enum AVPixelFormat given,
			 enum AVPixelFormat *ret_format, struct media_error *ret_error)
{
	enum AVPixelFormat format = usual_format(codec, given);
	if (config->pixel_format[0]) {
		format = av_get_pix_fmt(config->pixel_format);
		if (format == AV_PIX_FMT_NONE)
			return error_say(ret_error, "ffmpeg -pix_fmts lists them",
					 "video pixel_format: FFmpeg has no pixel format %.40s", config->pixel_format);
		if (codec->pix_fmts && !takes(codec->pix_fmts, format))
			return refuse_format(codec, config->pixel_format, ret_error);
	}
	if (is_of_hardware(format))
		return refuse_format(codec, av_get_pix_fmt_name(format), ret_error);
	*ret_format = format;
	return 0;
}

/* H.264 and H.265 have no odd sides with chroma of half the size: a stream's own size is rounded down, which loses a
 * line at most; a size that was asked for is not changed silently. */
static int make_even(const struct config_sink_video *config, const AVCodec *codec, struct video_format *format,
		     struct media_error *ret_error)
{
	const AVPixFmtDescriptor *description = av_pix_fmt_desc_get(format->format);
	int width = format->width >> description->log2_chroma_w << description->log2_chroma_w;
	int height = format->height >> description->log2_chroma_h << description->log2_chroma_h;
	bool refused = (config->width && config->width != width) || (config->height && config->height != height);
	if (codec->id != AV_CODEC_ID_H264 && codec->id != AV_CODEC_ID_HEVC)
		return 0;
	if ((refused && (width != format->width || height != format->height)) || width < 1 || height < 1)
		return error_say(ret_error, "round width and height to even, or use pixel_format: yuv444p",
				 "video: %dx%d: %s needs even sides with %s", format->width, format->height,
				 codec->name, av_get_pix_fmt_name(format->format));
	format->width = width;
	format->height = height;
	return 0;
}

/* RGB has no matrix of its own: what players take for granted where nothing is said, and it is said too. */
static void choose_colors(const AVFrame *frame, struct video_format *format)
{
	bool to_rgb = av_pix_fmt_desc_get(format->format)->flags & AV_PIX_FMT_FLAG_RGB;
	bool from_rgb = av_pix_fmt_desc_get(frame->format)->flags & AV_PIX_FMT_FLAG_RGB;
	bool converted = (int)format->format != frame->format || format->width != frame->width ||
			 format->height != frame->height;
	bool full = to_rgb || strncmp(av_get_pix_fmt_name(format->format), "yuvj", 4) == 0;
	format->color_space = frame->colorspace;
	format->color_range = frame->color_range;
	if (converted || full)
		format->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
	if (to_rgb)
		format->color_space = AVCOL_SPC_RGB;
	else if (from_rgb || frame->colorspace == AVCOL_SPC_RGB)
		format->color_space = format->height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

int video_encoder_format(const struct config_sink_video *config, const AVCodec *codec, const AVFrame *frame,
			 struct video_format *ret_format, struct media_error *ret_error)
{
	struct size native = {frame->width, frame->height, frame->sample_aspect_ratio};
	struct size size = size_resolve(native, config->width, config->height);
	struct video_format format = {
		.width = size.width, .height = size.height, .sample_aspect_ratio = size.sample_aspect_ratio};
	int r = choose_format(config, codec, frame->format, &format.format, ret_error);
	if (r == 0)
		r = make_even(config, codec, &format, ret_error);
	if (r < 0)
		return r;
	choose_colors(frame, &format);
	*ret_format = format;
	return 0;
}

static bool is_x26x(const AVCodec *codec)
{
	return strncmp(codec->name, "libx26", 6) == 0;
}

/* Most take the time base for the frame rate; these are told both. */
bool video_encoder_counts_frames(const AVCodec *codec)
{
	return !is_x26x(codec);
}

bool video_encoder_copies(const AVCodec *codec)
{
	return is_x26x(codec);
}

static AVRational usable_rate(const AVCodec *codec, AVRational rate)
{
	if (!codec->supported_framerates)
		return rate;
	return codec->supported_framerates[av_find_nearest_q_idx(rate, codec->supported_framerates)];
}

int video_encoder_open(struct host *host, const AVCodec *codec, const struct video_format *format, AVRational rate,
		       int64_t origin_ns, struct encoder **ret_encoder, struct media_error *ret_error)
{
	const struct config_sink_video *config = &host->config->video;
	AVCodecContext *context = avcodec_alloc_context3(codec);
	if (!context)
		return error_say(ret_error, "", "out of memory");
	context->width = format->width;
	context->height = format->height;
	context->pix_fmt = format->format;
	context->sample_aspect_ratio = format->sample_aspect_ratio;
	context->colorspace = format->color_space;
	context->color_range = format->color_range;
	context->framerate = usable_rate(codec, rate);
	context->time_base =
		video_encoder_counts_frames(codec) ? av_inv_q(context->framerate) : (AVRational){1, FINE_TIME_BASE};
	context->bit_rate = config->bit_rate;
	context->gop_size = config->gop_size != CONFIG_AUTO
				    ? config->gop_size
				    : (int)FFMAX(1, av_rescale(GOP_SECONDS, rate.num, rate.den));
	context->max_b_frames = config->max_b_frames;
	context->thread_count = config->threads == CONFIG_AUTO ? 0 : config->threads;
	return encoder_open(host, QUEUE_VIDEO, context, config->profile, &config->codec_options, origin_ns, ret_encoder,
			    ret_error);
}
