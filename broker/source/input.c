/* input.c: opens a URL with FFmpeg, within time limits, and says in one sentence why it cannot. */
#include "source/input.h"
#include "base/clock.h"
#include "base/limits.h"
#include "config/url.h"
#include "media/avlog.h"
#include "media/options.h"
#include "media/protocols.h"
#include <errno.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <string.h>
#include <sys/stat.h>

#define OPEN_URL_SIZE (LIMIT_URL + 6 * LIMIT_CONFIG_STRING + 2) /* every byte of user and password may become three */

static bool scheme_is_live(const char *url)
{
	static const char *const schemes[] = {"rtsp",  "rtsps",  "rtp",    "srtp", "rtmp", "rtmps",   "rtmpt",
					      "rtmpe", "rtmpte", "rtmpts", "srt",  "udp",  "udplite", "tcp",
					      "tls",   "rist",   "mmsh",   "mmst", "sctp"};
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (protocols_is(url, schemes[i]))
			return true;
	return av_strstart(url, "udp:", NULL) || av_strstart(url, "rtp:", NULL);
}

/* Asked before the tracks are probed: FFmpeg then guesses a duration for what has none. */
static bool is_live(const char *url, const AVFormatContext *format)
{
	const AVInputFormat *demuxer = format->iformat;
	if (strcmp(demuxer->name, "lavfi") == 0)
		return false;
	if (demuxer->priv_class && AV_IS_INPUT_DEVICE(demuxer->priv_class->category))
		return true;
	if (strcmp(demuxer->name, "hls") == 0 || strcmp(demuxer->name, "dash") == 0)
		return format->duration == AV_NOPTS_VALUE; /* known once the list has its end */
	if (strcmp(demuxer->name, "sdp") == 0 || scheme_is_live(url))
		return true;
	bool http = protocols_is(url, "http") || protocols_is(url, "https");
	return http && format->pb && !(format->pb->seekable & AVIO_SEEKABLE_NORMAL);
}

static bool is_image(const AVInputFormat *demuxer)
{
	size_t length = strlen(demuxer->name);
	return strcmp(demuxer->name, "image2") == 0 || (length > 5 && strcmp(demuxer->name + length - 5, "_pipe") == 0);
}

enum step { STEP_OPEN, STEP_PROBE, STEP_READ };

static void explain(const struct config_source *config, const struct watch *watch, int averror, enum step step,
		    struct media_error *ret_error)
{
	char url[LIMIT_URL], detail[AVLOG_LINE];
	config_url_redacted(config->url, url, sizeof url);
	url[300] = '\0'; /* the sentence has room for more than the url */
	avlog_last_error(detail, sizeof detail);
	struct error_place place = {
		.url = url,
		.timeout_ns = step == STEP_READ ? config->read_timeout_ns : config->open_timeout_ns,
		.timed_out = watch_expired(watch) || averror == AVERROR_EXIT, /* a packet may come in between */
		.has_user = config->user[0] || config->password[0],
		.probing = step == STEP_PROBE,
		.opened = step == STEP_READ,
		.detail = detail,
	};
	struct stat info;
	if (step != STEP_READ && protocols_local(config->url) && stat(config->url, &info) == 0 &&
	    S_ISREG(info.st_mode) && info.st_size == 0)
		averror = AVERROR_EOF;
	error_explain(ret_error, averror, &place);
}

void input_explain(const struct config_source *config, const struct watch *watch, int averror,
		   struct media_error *ret_error)
{
	explain(config, watch, averror, STEP_READ, ret_error);
}

static int make_url(const struct config_source *config, char *buffer, size_t size, struct media_error *ret_error)
{
	if (config_url_with_credentials(config->url, config->user, config->password, buffer, size) == 0)
		return 0;
	return error_say(ret_error, "write scheme://host/…, and user and password only in their own keys",
			 "url: there is no place in it for user and password");
}

static int collect_options(const struct config_source *config, AVDictionary **options, struct media_error *ret_error)
{
	*options = options_of(&config->format_options);
	if (protocols_restrict(config->url, config->format, options, ret_error) < 0)
		return -EINVAL;
	if (protocols_is(config->url, "rtsp") || protocols_is(config->url, "rtsps"))
		av_dict_set(options, "rtsp_transport", "tcp", AV_DICT_DONT_OVERWRITE);
	if (protocols_is(config->url, "sftp")) /* libssh cannot be interrupted */
		av_dict_set_int(options, "timeout", FFMIN(config->open_timeout_ns, config->read_timeout_ns) / NS_PER_MS,
				AV_DICT_DONT_OVERWRITE);
	return 0;
}

static int refuse_leftover(const AVDictionary *options, struct media_error *ret_error)
{
	const char *unknown = options_unknown(options);
	if (!unknown)
		return 0;
	return error_say(ret_error, "ffmpeg -h demuxer=NAME and -h protocol=NAME list them; correct format_options",
			 "format_options: neither the format nor the protocol knows the option %s", unknown);
}

int input_find_demuxer(const struct config_source *config, const AVInputFormat **ret_demuxer,
		       struct media_error *ret_error)
{
	const AVInputFormat *demuxer = config->format[0] ? av_find_input_format(config->format) : NULL;
	if (config->format[0] && !demuxer)
		return error_say(ret_error, "ffmpeg -demuxers and ffmpeg -devices list them",
				 "format: FFmpeg has no format %s", config->format);
	*ret_demuxer = demuxer;
	return 0;
}

/* On failure nothing is left open. options is emptied of what was understood. */
static int open_format(const struct config_source *config, const char *url, struct watch *watch,
		       const AVInputFormat *demuxer, AVDictionary **options, AVFormatContext **ret_format)
{
	AVFormatContext *format = avformat_alloc_context();
	if (!format)
		return AVERROR(ENOMEM);
	format->interrupt_callback = (AVIOInterruptCB){watch_interrupt, watch};
	watch_begin(watch, config->open_timeout_ns);
	int r = avformat_open_input(&format, url, demuxer, options); /* frees format on failure */
	if (r < 0)
		return r;
	*ret_format = format;
	return 0;
}

static int probe(const struct config_source *config, struct watch *watch, struct input *input)
{
	input->opened_ns = clock_monotonic_ns();
	input->live = is_live(config->url, input->format);
	input->image = is_image(input->format->iformat);
	input->jumps_expected = input->format->iformat->flags & AVFMT_TS_DISCONT;
	input->stampless = input->format->iformat->flags & AVFMT_NOTIMESTAMPS;
	av_format_inject_global_side_data(input->format);
	watch_begin(watch, config->open_timeout_ns);
	int r = avformat_find_stream_info(input->format, NULL);
	return watch_expired(watch) ? AVERROR(ETIMEDOUT) : r;
}

int input_open(const struct config_source *config, struct watch *watch, struct input *ret_input,
	       struct media_error *ret_error)
{
	struct input input = {0};
	AVDictionary *options = NULL;
	const AVInputFormat *demuxer = NULL;
	char url[OPEN_URL_SIZE];
	avlog_forget();
	int r = make_url(config, url, sizeof url, ret_error);
	if (r == 0)
		r = input_find_demuxer(config, &demuxer, ret_error);
	if (r == 0)
		r = collect_options(config, &options, ret_error);
	if (r < 0) {
		av_dict_free(&options);
		return r;
	}
	r = open_format(config, url, watch, demuxer, &options, &input.format);
	explicit_bzero(url, sizeof url);
	if (r < 0)
		explain(config, watch, r, STEP_OPEN, ret_error);
	else if ((r = refuse_leftover(options, ret_error)) == 0 && (r = probe(config, watch, &input)) < 0)
		explain(config, watch, r, STEP_PROBE, ret_error);
	av_dict_free(&options);
	if (r < 0) {
		input_close(&input);
		return -EINVAL;
	}
	*ret_input = input;
	return 0;
}

/* FFmpeg rounds it to microseconds; the track that it was taken from knows it exactly. */
int64_t input_start_ns(const struct input *input)
{
	const AVFormatContext *format = input->format;
	if (format->start_time == AV_NOPTS_VALUE || FFABS(format->start_time) > INT64_MAX / 1000)
		return AV_NOPTS_VALUE;
	int64_t rounded_ns = format->start_time * 1000, start_ns = rounded_ns;
	for (unsigned i = 0; i < format->nb_streams; i++) {
		const AVStream *stream = format->streams[i];
		if (stream->start_time == AV_NOPTS_VALUE)
			continue;
		int64_t ns = av_rescale_q(stream->start_time, stream->time_base, (AVRational){1, 1000000000});
		if (FFABS(ns - rounded_ns) < 1000 && (start_ns == rounded_ns || ns < start_ns))
			start_ns = ns;
	}
	return start_ns;
}

void input_close(struct input *input)
{
	avformat_close_input(&input->format);
}
