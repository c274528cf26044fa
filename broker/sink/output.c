/* output.c: one connection to a server, or files one after the other. */
#include "sink/output.h"
#include "base/clock.h"
#include "base/limits.h"
#include "config/url.h"
#include "media/avlog.h"
#include "media/container.h"
#include "media/secrets.h"
#include "sink/connection.h"
#include "sink/file_name.h"
#include "sink/output_muxer.h"
#include "sink/output_options.h"
#include "sink/retention.h"
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACKS_MAX 2
#define RETENTION_NS (60 * NS_PER_SECOND) /* a file that grows may push out an older one */

struct track {
	AVCodecParameters *parameters;
	struct output_track described;
};

struct output {
	const struct config_sink *config;
	struct connection connection;
	struct track track[TRACKS_MAX];
	unsigned count;
	char *url;           /* of a server, with user and password; NULL: pattern */
	const char *pattern; /* a path of this machine, NULL: url */
	bool single_files;   /* each opening writes one file, which the muxer does not name itself */
	char file[PATH_MAX];
	bool made;        /* the file is new, and ours */
	uint64_t packets; /* in this file */
	int64_t begin_ns; /* the first packet's time stamp, which is 0 in the file */
	int64_t retention_ns;
	char topic[LIMIT_NAME + 8];
};

static int check_files(const struct output *output, struct media_error *ret_error)
{
	const struct config_sink *config = output->config;
	if (output->single_files || (config->segment_time_ns == 0 && config->keep_ns == 0 && config->keep_bytes == 0))
		return 0;
	const char *key = config->segment_time_ns ? "segment_time" : config->keep_ns ? "keep" : "keep_size";
	if (strcmp(output->connection.muxer->name, "hls") == 0)
		return error_say(ret_error, "format_options: {hls_time: 4, hls_list_size: 10} is what HLS has for it",
				 "%s: only for files that are written one after the other, not for HLS", key);
	return error_say(ret_error, "leave it out", "%s: only for files, and the url is none", key);
}

static int make_url(struct output *output, struct media_error *ret_error)
{
	const struct config_sink *config = output->config;
	output->pattern = output_local_path(config->url);
	if (output->pattern && !config->user[0] && !config->password[0])
		return 0;
	output->pattern = NULL;
	output->url = malloc(CONFIG_URL_SIZE);
	if (!output->url)
		return error_say(ret_error, "", "out of memory");
	if (config_url_with_credentials(config->url, config->user, config->password, output->url, CONFIG_URL_SIZE) == 0)
		return 0;
	return error_say(ret_error, "write scheme://host/…, and user and password only in their own keys",
			 "url: there is no place in it for user and password");
}

static void hide_secrets(const struct config_sink *config)
{
	secrets_forget();
	secrets_add_login(config->user, config->password);
	secrets_add_url(config->url);
	secrets_add_options(&config->format_options);
	secrets_add_options(&config->video.codec_options);
	secrets_add_options(&config->audio.codec_options);
}

static int prepare(struct output *output, struct media_error *ret_error)
{
	const struct config_sink *config = output->config;
	hide_secrets(config);
	int r = make_url(output, ret_error);
	if (r == 0)
		r = output_muxer_find(config->url, config->format, &output->connection.muxer, ret_error);
	if (r < 0)
		return r;
	output->single_files = output->pattern && !(output->connection.muxer->flags & AVFMT_NOFILE);
	r = check_files(output, ret_error);
	return r < 0 ? r : output_options_check(output->connection.muxer, &config->format_options, ret_error);
}

int output_create(const struct config_sink *config, struct watch *watch, struct output **ret_output,
		  struct media_error *ret_error)
{
	struct output *output = calloc(1, sizeof *output);
	if (!output)
		return error_say(ret_error, "", "out of memory");
	output->config = output->connection.config = config;
	output->connection.watch = watch;
	snprintf(output->topic, sizeof output->topic, "sink %.64s", config->name);
	int r = prepare(output, ret_error);
	if (r < 0) {
		output_destroy(output);
		return r;
	}
	*ret_output = output;
	return 0;
}

static void forget_tracks(struct output *output)
{
	for (unsigned i = 0; i < output->count; i++)
		avcodec_parameters_free(&output->track[i].parameters);
	output->count = 0;
}

static bool is_empty(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && status.st_size == 0;
}

/* A file in which there is nothing, or nothing but its header, is not left behind: each try on a full disk makes one. */
static void forget_file(struct output *output)
{
	if (output->made && (output->packets == 0 || is_empty(output->file)))
		unlink(output->file);
	output->file[0] = '\0';
	output->made = false;
}

void output_destroy(struct output *output)
{
	if (!output)
		return;
	connection_cut(&output->connection);
	forget_file(output);
	forget_tracks(output);
	if (output->url)
		explicit_bzero(output->url, CONFIG_URL_SIZE);
	free(output->url);
	free(output);
}

bool output_wants_global_header(const struct output *output)
{
	return output->connection.muxer->flags & AVFMT_GLOBALHEADER;
}

static bool is_fragmented(const struct output *output)
{
	const char *type = output_options_get(&output->config->format_options, "hls_segment_type");
	return type && (strcmp(type, "fmp4") == 0 || strcmp(type, "1") == 0);
}

bool output_takes(const struct output *output, enum AVCodecID codec)
{
	return container_takes(output->connection.muxer, is_fragmented(output), codec);
}

enum AVCodecID output_default_codec(const struct output *output, enum AVMediaType type)
{
	return output_muxer_default_codec(output->connection.muxer, is_fragmented(output), type);
}

const char *output_file(const struct output *output)
{
	return output->file;
}

int output_check_codec(const struct output *output, enum AVCodecID codec, struct media_error *ret_error)
{
	if (output_takes(output, codec))
		return 0;
	char mend[100] = "choose another format";
	enum AVCodecID other = output_default_codec(output, avcodec_get_type(codec));
	if (other != AV_CODEC_ID_NONE)
		snprintf(mend, sizeof mend, "choose another codec, such as %s, or another format",
			 avcodec_get_name(other));
	return error_say(ret_error, mend, "the format %s cannot hold %s", output->connection.muxer->name,
			 avcodec_get_name(codec));
}

static int keep_tracks(struct output *output, const struct output_track *tracks, unsigned count,
		       struct media_error *ret_error)
{
	forget_tracks(output);
	for (unsigned i = 0; i < count && i < TRACKS_MAX; i++) {
		int r = output_check_codec(output, tracks[i].parameters->codec_id, ret_error);
		if (r < 0)
			return r;
		struct track *track = &output->track[i];
		track->described = tracks[i];
		track->parameters = avcodec_parameters_alloc();
		output->count = i + 1;
		if (!track->parameters || avcodec_parameters_copy(track->parameters, tracks[i].parameters) < 0)
			return error_say(ret_error, "", "out of memory");
		track->described.parameters = track->parameters;
	}
	return 0;
}

/* The path for what is opened now, with its folders; a new and empty file where the muxer writes just one. */
static int name_file(struct output *output, struct media_error *ret_error)
{
	output->made = false;
	bool dated = output->single_files || av_match_name(output->connection.muxer->name, "hls,dash");
	if (!dated) {
		snprintf(output->file, sizeof output->file, "%s", output->pattern);
		return 0;
	}
	int r = file_name_date(output->pattern, time(NULL), output->file, ret_error);
	if (r < 0)
		return r;
	return output->single_files ? file_name_claim(output->file, &output->made, ret_error)
				    : file_name_make_folders(output->file, ret_error);
}

static void delete_old_files(struct output *output)
{
	if (!output->single_files)
		return;
	retention_apply(output->pattern, output->file, output->config->keep_ns, output->config->keep_bytes,
			output->topic);
	output->retention_ns = clock_deadline(RETENTION_NS);
}

static int begin(struct output *output, struct media_error *ret_error)
{
	struct output_track tracks[TRACKS_MAX];
	for (unsigned i = 0; i < output->count; i++)
		tracks[i] = output->track[i].described;
	output->packets = 0;
	int r = output->pattern ? name_file(output, ret_error) : 0;
	if (r == 0)
		r = connection_open(&output->connection, output->pattern ? output->file : output->url, output->file,
				    tracks, output->count, ret_error);
	if (r < 0)
		forget_file(output);
	else
		delete_old_files(output);
	return r;
}

/* HLS: without the line that tells players of the end they ask on, for what a restarted sink appends. A list of all
 * that was recorded is complete whenever it stops. */
static void leave_open(const struct output *output)
{
	AVFormatContext *format = output->connection.format;
	int64_t list_size = 0;
	if (format && strcmp(output->connection.muxer->name, "hls") == 0 &&
	    av_opt_get_int(format->priv_data, "hls_list_size", 0, &list_size) >= 0 && list_size > 0)
		av_opt_set(format->priv_data, "hls_flags", "+omit_endlist", 0);
}

static int end(struct output *output, struct media_error *ret_error)
{
	int r = connection_close(&output->connection, output->file, ret_error);
	forget_file(output);
	return r;
}

/* Between calls nobody is late. */
static int at_rest(struct output *output, int r)
{
	watch_begin(output->connection.watch, -1);
	return r;
}

int output_open(struct output *output, const struct output_track *tracks, unsigned count, struct media_error *ret_error)
{
	int r = keep_tracks(output, tracks, count, ret_error);
	return r < 0 ? r : at_rest(output, begin(output, ret_error));
}

static int64_t time_of(const AVPacket *packet, AVRational time_base)
{
	int64_t time = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
	return av_rescale_q(time, time_base, (AVRational){1, NS_PER_SECOND});
}

/* A new file begins where it can be decoded: with a key frame, of the picture where there is one. */
static bool segment_is_over(const struct output *output, const AVPacket *packet, int64_t time_ns)
{
	if (output->config->segment_time_ns == 0 || output->packets == 0 || !(packet->flags & AV_PKT_FLAG_KEY) ||
	    time_ns - output->begin_ns < output->config->segment_time_ns)
		return false;
	for (unsigned i = 0; i < output->count; i++)
		if (output->track[i].parameters->codec_type == AVMEDIA_TYPE_VIDEO)
			return (unsigned)packet->stream_index == i;
	return true;
}

static void shift(AVPacket *packet, AVRational time_base, int64_t offset_ns)
{
	int64_t offset = av_rescale_q(offset_ns, (AVRational){1, NS_PER_SECOND}, time_base);
	if (packet->pts != AV_NOPTS_VALUE)
		packet->pts -= offset;
	if (packet->dts != AV_NOPTS_VALUE)
		packet->dts -= offset;
}

static int write_packet(struct output *output, AVPacket *packet, struct media_error *ret_error)
{
	AVRational time_base = output->track[packet->stream_index].described.time_base;
	int64_t time_ns = time_of(packet, time_base);
	if (segment_is_over(output, packet, time_ns)) {
		int r = end(output, ret_error);
		if (r == 0)
			r = begin(output, ret_error);
		if (r < 0)
			return r;
	}
	if (output->packets == 0)
		output->begin_ns = time_ns;
	if (time_ns < output->begin_ns)
		return 0; /* another track's, from before the beginning: no container takes it */
	output->packets++;
	if (output->single_files)
		shift(packet, time_base, output->begin_ns);
	if (output->single_files && clock_left_ns(output->retention_ns) == 0)
		delete_old_files(output);
	return connection_write(&output->connection, packet, time_base, output->file, ret_error);
}

int output_write(struct output *output, AVPacket *packet, struct media_error *ret_error)
{
	int r = at_rest(output, write_packet(output, packet, ret_error));
	av_packet_unref(packet);
	return r;
}

int output_close(struct output *output, bool ended, struct media_error *ret_error)
{
	if (!ended)
		leave_open(output);
	return at_rest(output, end(output, ret_error));
}
