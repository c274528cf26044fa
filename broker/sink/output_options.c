/* output_options.c: FFmpeg's muxers have defaults for a file that is written once and ends well; ours may be cut off at
 * any moment, and go on later. */
#include "sink/output_options.h"
#include "media/options.h"
#include "media/secrets.h"
#include "sink/output_muxer.h"
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <string.h>
#include <unistd.h>

#define ASK_FIRST "send_expect_100"

static bool class_has(const AVClass *class, const char *key)
{
	return class && av_opt_find(&class, key, NULL, AV_OPT_FLAG_ENCODING_PARAM, AV_OPT_SEARCH_FAKE_OBJ);
}

static bool any_protocol_has(const char *key)
{
	void *state = NULL;
	const char *name;
	while ((name = avio_enum_protocols(&state, 1)))
		if (class_has(avio_protocol_get_class(name), key))
			return true;
	return false;
}

static int refuse_name(const char *key, const AVOutputFormat *muxer, struct media_error *ret_error)
{
	return error_say(ret_error,
			 "ffmpeg -h muxer=NAME and ffmpeg -h protocol=NAME list what there is; correct format_options",
			 "format_options: neither the format %s nor its protocol knows the option %.60s", muxer->name,
			 key);
}

static int check_pair(AVFormatContext *format, const struct config_pair *pair, struct media_error *ret_error)
{
	if (strstr(pair->key, "protocol_whitelist") || strstr(pair->value, "protocol_whitelist"))
		return error_say(ret_error, "leave it out", "format_options: protocol_whitelist is not for sinks");
	bool muxers = class_has(format->oformat->priv_class, pair->key);
	if (!muxers && !class_has(avformat_get_class(), pair->key))
		return any_protocol_has(pair->key) ? 0 : refuse_name(pair->key, format->oformat, ret_error);
	if (av_opt_set(muxers ? format->priv_data : format, pair->key, pair->value, 0) >= 0)
		return 0;
	char value[100];
	secrets_hide(pair->value, value, sizeof value);
	return error_say(ret_error, "ffmpeg -h muxer=NAME and ffmpeg -h full say which values it takes",
			 "format_options: %.60s does not take the value %s", pair->key, value);
}

int output_options_check(const AVOutputFormat *muxer, const struct config_dictionary *pairs,
			 struct media_error *ret_error)
{
	AVFormatContext *format;
	if (avformat_alloc_output_context2(&format, muxer, NULL, NULL) < 0)
		return error_say(ret_error, "", "out of memory");
	int r = 0;
	for (size_t i = 0; r == 0 && i < pairs->count; i++)
		r = check_pair(format, &pairs->pairs[i], ret_error);
	avformat_free_context(format);
	return r;
}

static void set_default(AVDictionary **options, const char *key, const char *value)
{
	av_dict_set(options, key, value, AV_DICT_DONT_OVERWRITE);
}

/* An mp4 has its index at the end, without which it is nothing: written in fragments it can be played whenever it was
 * cut off. */
static void set_fragments(AVDictionary **options)
{
	if (av_dict_get(*options, "movflags", NULL, 0))
		return;
	av_dict_set(options, "movflags", "+frag_keyframe+empty_moov+default_base_moof", 0);
	set_default(options, "frag_duration", "2000000");
}

/* A playlist that goes on tells its players of the break. */
static void set_playlist(AVDictionary **options, const char *url)
{
	const char *path = output_local_path(url);
	bool fresh = path && access(path, F_OK) < 0;
	set_default(options, "hls_flags",
		    fresh  ? "+delete_segments+temp_file"
		    : path ? "+delete_segments+temp_file+append_list"
			   : "+delete_segments+append_list");
}

static bool is_http(const char *url)
{
	return output_has_scheme(url, "http") || output_has_scheme(url, "https");
}

void output_options_ask_first(const char *url, const struct config_dictionary *pairs, AVDictionary **options)
{
	const AVDictionaryEntry *method = av_dict_get(*options, "method", NULL, 0);
	const char *own = output_options_get(pairs, ASK_FIRST);
	if (is_http(url) && !(method && strcmp(method->value, "DELETE") == 0)) /* nginx thinks that it has a body */
		av_dict_set(options, ASK_FIRST, own ? own : "1", 0);
}

AVDictionary *output_options_make(const AVOutputFormat *muxer, const char *url, const struct config_dictionary *pairs)
{
	AVDictionary *options = options_of(pairs);
	if (av_match_name(muxer->name, "mov,mp4,ipod,3gp,3g2,psp,f4v"))
		set_fragments(&options);
	if (av_match_name(muxer->name, "matroska,webm"))
		set_default(&options, "cluster_time_limit", "2000"); /* what is lost when it is cut off */
	if (av_match_name(muxer->name, "hls"))
		set_playlist(&options, url);
	if (av_match_name(muxer->name, "rtsp"))
		set_default(&options, "rtsp_transport", "tcp");
	if (av_match_name(muxer->name, "flv") && !output_local_path(url))
		set_default(&options, "flvflags", "+no_duration_filesize"); /* nothing there to be corrected later */
	if (is_http(url))
		set_default(&options, "method", "PUT");
	if (muxer->flags & AVFMT_NOFILE)
		av_dict_set(&options, ASK_FIRST, NULL,
			    0); /* it is for the pieces, which such a muxer opens by itself */
	else
		output_options_ask_first(url, pairs, &options);
	if (output_has_scheme(url, "udp"))
		set_default(&options, "pkt_size", "1316"); /* whole packets of MPEG-TS */
	set_default(&options, "flush_packets", "1");
	return options;
}

int output_options_refuse_left(const AVDictionary *left, const AVOutputFormat *muxer, struct media_error *ret_error)
{
	const char *unknown = options_unknown(left);
	return unknown ? refuse_name(unknown, muxer, ret_error) : 0;
}

const char *output_options_get(const struct config_dictionary *pairs, const char *key)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (strcmp(pairs->pairs[i].key, key) == 0)
			return pairs->pairs[i].value;
	return NULL;
}
