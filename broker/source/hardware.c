/* hardware.c: FFmpeg's device contexts. With one attached, avcodec_default_get_format() takes the formats of that
 * device where the decoder offers them. */
#include "source/hardware.h"
#include "media/avlog.h"
#include <errno.h>
#include <libavutil/avstring.h>
#include <libavutil/hwcontext.h>
#include <string.h>

static void list_types(char *buffer, size_t size)
{
	buffer[0] = '\0';
	for (enum AVHWDeviceType type = 0; (type = av_hwdevice_iterate_types(type));)
		av_strlcatf(buffer, size, "%s%s", buffer[0] ? " " : "", av_hwdevice_get_type_name(type));
}

/* A sentence about the named acceleration; the mend is what there is instead. */
static int refuse(struct media_error *ret_error, const char *advice, const char *text)
{
	char types[128], mend[300];
	list_types(types, sizeof types);
	snprintf(mend, sizeof mend, "%s; this FFmpeg has %s; auto takes what is there, none decodes in software",
		 advice, types[0] ? types : "none");
	return error_say(ret_error, mend, "hwaccel: %s", text);
}

static bool is_built_in(enum AVHWDeviceType wanted)
{
	enum AVHWDeviceType type = AV_HWDEVICE_TYPE_NONE;
	while ((type = av_hwdevice_iterate_types(type)))
		if (type == wanted)
			return true;
	return false;
}

/* The next type from *at on that the decoder can work with; AV_HWDEVICE_TYPE_NONE: there are no more. */
static enum AVHWDeviceType next_type(const AVCodec *codec, int *at)
{
	const AVCodecHWConfig *config;
	while ((config = avcodec_get_hw_config(codec, (*at)++)))
		if (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX)
			return config->device_type;
	return AV_HWDEVICE_TYPE_NONE;
}

static bool supports(const AVCodec *codec, enum AVHWDeviceType wanted)
{
	int at = 0;
	for (enum AVHWDeviceType type; (type = next_type(codec, &at));)
		if (type == wanted)
			return true;
	return false;
}

/* FFmpeg's complaints become part of our own line. */
static int open_device(enum AVHWDeviceType type, const char *device, AVBufferRef **ret_device)
{
	avlog_forget();
	avlog_quiet(true);
	int r = av_hwdevice_ctx_create(ret_device, type, device[0] ? device : NULL, NULL, 0);
	avlog_quiet(false);
	return r;
}

int hardware_check_name(const struct config_source *config, struct media_error *ret_error)
{
	char text[100];
	if (!hardware_is_required(config) || is_built_in(av_hwdevice_find_type_by_name(config->hwaccel)))
		return 0;
	snprintf(text, sizeof text, "FFmpeg has no acceleration %.60s", config->hwaccel);
	return refuse(ret_error, "correct it", text);
}

static int attach_named(const struct config_source *config, AVCodecContext *decoder, struct media_error *ret_error)
{
	char text[400], detail[AVLOG_LINE];
	const char *name = config->hwaccel;
	enum AVHWDeviceType type = av_hwdevice_find_type_by_name(name);
	int r = hardware_check_name(config, ret_error);
	if (r < 0)
		return r;
	if (!supports(decoder->codec, type)) {
		snprintf(text, sizeof text, "%s does not work with the decoder %s", name, decoder->codec->name);
		return refuse(ret_error, "take another one, or another codec", text);
	}
	r = open_device(type, config->hwaccel_device, &decoder->hw_device_ctx);
	if (r == 0)
		return 0;
	avlog_last_error(detail, sizeof detail);
	if (!detail[0])
		av_strerror(r, detail, sizeof detail);
	snprintf(text, sizeof text, "there is no device for %s%s%.60s: %.250s", name,
		 config->hwaccel_device[0] ? " at " : "", config->hwaccel_device, detail);
	return refuse(ret_error, "check its driver and hwaccel_device", text);
}

static void attach_any(AVCodecContext *decoder, struct report *report)
{
	const AVCodec *codec = decoder->codec;
	char tried[100] = "";
	int at = 0;
	for (enum AVHWDeviceType type; (type = next_type(codec, &at));) {
		if (open_device(type, "", &decoder->hw_device_ctx) == 0)
			return;
		av_strlcatf(tried, sizeof tried, "%s%s", tried[0] ? ", " : "", av_hwdevice_get_type_name(type));
	}
	if (tried[0])
		report_note(report, "hwaccel: no device for %s: %s decodes in software", tried, codec->name);
	else
		report_note(report, "hwaccel: nothing accelerates %s: it decodes in software", codec->name);
}

bool hardware_is_required(const struct config_source *config)
{
	return config->hwaccel[0] && strcmp(config->hwaccel, "auto") != 0;
}

int hardware_attach(const struct config_source *config, AVCodecContext *decoder, struct report *report,
		    struct media_error *ret_error)
{
	if (hardware_is_required(config))
		return attach_named(config, decoder, ret_error);
	if (config->hwaccel[0])
		attach_any(decoder, report);
	return 0;
}

/* The device leaves out only the right and the lower edge. */
static int download(AVFrame *frame)
{
	AVFrame *fetched = av_frame_alloc();
	if (!fetched)
		return AVERROR(ENOMEM);
	int r = av_hwframe_transfer_data(fetched, frame, 0);
	if (r >= 0)
		r = av_frame_copy_props(fetched, frame);
	if (r >= 0)
		r = av_frame_apply_cropping(fetched, AV_FRAME_CROP_UNALIGNED);
	if (r >= 0) {
		av_frame_unref(frame);
		av_frame_move_ref(frame, fetched);
	}
	av_frame_free(&fetched);
	return r == AVERROR(EINVAL) ? AVERROR_EXTERNAL : r;
}

int hardware_fetch(const AVCodecContext *decoder, bool required, struct report *report, AVFrame *frame,
		   struct media_error *ret_error)
{
	if (!decoder->hw_device_ctx)
		return 0;
	const AVHWDeviceContext *device = (const AVHWDeviceContext *)decoder->hw_device_ctx->data;
	const char *type = av_hwdevice_get_type_name(device->type), *codec = decoder->codec->name;
	if (frame->hw_frames_ctx) {
		report_note(report, "hwaccel: %s decodes %s", type, codec);
		return download(frame);
	}
	const char *profile = avcodec_profile_name(decoder->codec_id, decoder->profile);
	char text[160];
	snprintf(text, sizeof text, "%s does not decode this kind of %s (%s, %dx%d)", type, codec,
		 profile ? profile : "profile not known", frame->width, frame->height);
	if (required)
		return refuse(ret_error, "take another one", text);
	report_note(report, "hwaccel: %s: it decodes in software", text);
	return 0;
}
