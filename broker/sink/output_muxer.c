/* output_muxer.c: FFmpeg's muxers, and what FFmpeg itself does not tell before a track is refused. */
#include "sink/output_muxer.h"
#include "base/limits.h"
#include "config/url.h"
#include "media/container.h"
#include <libavcodec/avcodec.h>
#include <libavutil/avstring.h>
#include <stdio.h>
#include <string.h>

#define NEAR_NAMES 8

static const struct {
	const char *scheme, *muxer;
} scheme_muxers[] = {
	{"rtsp", "rtsp"},   {"rtsps", "rtsp"},     {"rtmp", "flv"},        {"rtmps", "flv"},   {"rtmpt", "flv"},
	{"rtmpe", "flv"},   {"rtmpts", "flv"},     {"rtmpte", "flv"},      {"srt", "mpegts"},  {"udp", "mpegts"},
	{"tcp", "mpegts"},  {"udplite", "mpegts"}, {"tls", "mpegts"},      {"rist", "mpegts"}, {"sctp", "mpegts"},
	{"unix", "mpegts"}, {"rtp", "rtp_mpegts"}, {"srtp", "rtp_mpegts"},
};

bool output_has_scheme(const char *url, const char *scheme)
{
	const char *rest;
	return av_stristart(url, scheme, &rest) && strncmp(rest, "://", 3) == 0;
}

const char *output_local_path(const char *url)
{
	const char *path;
	if (av_strstart(url, "file:", &path))
		return strncmp(path, "//", 2) == 0 ? path + 2 : path;
	size_t word = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.,");
	return word > 0 && url[word] == ':' ? NULL : url; /* FFmpeg takes WORD: for a protocol, with and without // */
}

/* Whether the muxer may have been meant: its files end so, or its name is part of the word or begins like it. */
static bool look_alike(const char *word, const AVOutputFormat *muxer)
{
	return av_match_name(word, muxer->extensions) || av_stristr(muxer->name, word) ||
	       av_stristr(word, muxer->name) || av_strncasecmp(word, muxer->name, 3) == 0;
}

/* NULL: there is none; near then has the names of some that look like it. */
static const AVOutputFormat *find_named(const char *name, char *near, size_t size)
{
	void *state = NULL;
	const AVOutputFormat *muxer;
	int found = 0;
	near[0] = '\0';
	while ((muxer = av_muxer_iterate(&state))) {
		if (av_match_name(name, muxer->name))
			return muxer;
		if (look_alike(name, muxer) && found++ < NEAR_NAMES)
			av_strlcatf(near, size, "%s%s", near[0] ? ", " : "", muxer->name);
	}
	return NULL;
}

static int refuse_name(const char *name, const char *near, struct media_error *ret_error)
{
	const char *mend = "ffmpeg -muxers lists them; left out, it is chosen by the url's scheme or ending";
	if (near[0])
		return error_say(ret_error, mend, "format: FFmpeg has no format %.60s to write; near it: %s", name,
				 near);
	return error_say(ret_error, mend, "format: FFmpeg has no format %.60s to write", name);
}

static const AVOutputFormat *find_by_scheme(const char *url)
{
	for (size_t i = 0; i < sizeof scheme_muxers / sizeof scheme_muxers[0]; i++)
		if (output_has_scheme(url, scheme_muxers[i].scheme))
			return av_guess_format(scheme_muxers[i].muxer, NULL, NULL);
	return NULL;
}

static const AVOutputFormat *find_by_ending(const char *url, char *ret_name, size_t size)
{
	const char *slash = strrchr(url, '/');
	snprintf(ret_name, size, "%s", slash ? slash + 1 : url);
	if (!output_local_path(url))
		ret_name[strcspn(ret_name, "?#")] = '\0';
	return av_guess_format(NULL, ret_name, NULL);
}

int output_muxer_find(const char *url, const char *format, const AVOutputFormat **ret_muxer,
		      struct media_error *ret_error)
{
	char near[200], name[LIMIT_URL];
	const AVOutputFormat *muxer;
	if (format[0]) {
		muxer = find_named(format, near, sizeof near);
		if (!muxer)
			return refuse_name(format, near, ret_error);
	} else if (!(muxer = find_by_scheme(url)) && !(muxer = find_by_ending(url, name, sizeof name))) {
		char clean[300];
		config_url_redacted(url, clean, sizeof clean);
		return error_say(
			ret_error,
			"write format: mp4, matroska, mpegts, flv, hls …, or an ending like .mp4, .mkv, .ts, .flv, "
			".m3u8 in the url",
			"url: %s: neither its scheme nor its ending tells which format to write", clean);
	}
	*ret_muxer = muxer;
	return 0;
}

enum AVCodecID output_muxer_default_codec(const AVOutputFormat *muxer, bool fragmented, enum AVMediaType type)
{
	enum AVCodecID common = type == AVMEDIA_TYPE_VIDEO ? AV_CODEC_ID_H264 : AV_CODEC_ID_AAC;
	enum AVCodecID own = type == AVMEDIA_TYPE_VIDEO ? muxer->video_codec : muxer->audio_codec;
	if (own == AV_CODEC_ID_NONE ||
	    muxer->video_codec == AV_CODEC_ID_NONE) /* a format of sound is one of its codec */
		return own;
	return container_takes(muxer, fragmented, common) ? common : own;
}
