/* connection.c: a muxer within time limits, also while the worker is to stop. */
#include "sink/connection.h"
#include "base/clock.h"
#include "media/avlog.h"
#include "sink/output_errors.h"
#include "sink/output_muxer.h"
#include "sink/output_options.h"
#include <errno.h>
#include <string.h>

#define GRACE_NS (1300 * NS_PER_MS) /* for the rest and the trailer, once the worker is to stop: it has 1.5 s */
#define TICKS_MAX 1000000           /* a second; finer time bases make containers clumsy */

/* For the muxers that open their files by themselves. */
static int open_piece(AVFormatContext *format, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
	const struct connection *connection = format->opaque;
	AVDictionary *own = NULL, **all = options ? options : &own;
	output_options_ask_first(url, &connection->config->format_options, all);
	int r = avio_open2(pb, url, flags, &format->interrupt_callback, all);
	av_dict_free(&own);
	return r;
}

/* HLS does not look whether what it wrote arrived on the disk. */
static int close_piece(AVFormatContext *format, AVIOContext *pb)
{
	struct connection *connection = format->opaque;
	avio_flush(pb);
	int error = pb->error, closed = avio_close(pb);
	if (error == 0)
		error = closed;
	if (error < 0 && output_local_path(format->url))
		connection->piece_error = error;
	return error;
}

static int add_track(AVFormatContext *format, const struct output_track *track)
{
	AVStream *stream = avformat_new_stream(format, NULL);
	if (!stream)
		return AVERROR(ENOMEM);
	int r = avcodec_parameters_copy(stream->codecpar, track->parameters);
	if (r < 0)
		return r;
	stream->codecpar->codec_tag = 0; /* another container's */
	stream->sample_aspect_ratio = track->parameters->sample_aspect_ratio;
	if (track->parameters->codec_type == AVMEDIA_TYPE_AUDIO)
		stream->time_base = (AVRational){1, track->parameters->sample_rate};
	else
		stream->time_base = track->time_base.den <= TICKS_MAX ? track->time_base : (AVRational){1, 90000};
	if (track->frame_rate.num > 0)
		stream->avg_frame_rate = stream->r_frame_rate = track->frame_rate;
	return 0;
}

/* These are described in an mp4's head by what their packets tell: it is written with the first fragment. */
static void delay_head(const AVFormatContext *format, AVDictionary **options)
{
	const AVDictionaryEntry *flags = av_dict_get(*options, "movflags", NULL, 0);
	for (unsigned i = 0; flags && strstr(flags->value, "empty_moov") && i < format->nb_streams; i++) {
		const AVCodecParameters *parameters = format->streams[i]->codecpar;
		bool needed = parameters->codec_id == AV_CODEC_ID_AC3 || parameters->codec_id == AV_CODEC_ID_EAC3 ||
			      (parameters->codec_id == AV_CODEC_ID_AAC && parameters->extradata_size == 0);
		if (needed) {
			av_dict_set(options, "movflags", "+delay_moov", AV_DICT_APPEND);
			return;
		}
	}
}

static int begin(struct connection *connection, const char *url, const struct output_track *tracks, unsigned count,
		 AVDictionary **options)
{
	AVFormatContext *format;
	int r = avformat_alloc_output_context2(&format, connection->muxer, NULL, url);
	if (r < 0)
		return r;
	connection->format = format;
	format->interrupt_callback = (AVIOInterruptCB){watch_interrupt, connection->watch};
	format->opaque = connection;
	format->io_open = open_piece;
	format->io_close2 = close_piece;
	for (unsigned i = 0; i < count; i++)
		if ((r = add_track(format, &tracks[i])) < 0)
			return r;
	delay_head(format, options);
	if (!(connection->muxer->flags & AVFMT_NOFILE) &&
	    (r = avio_open2(&format->pb, url, AVIO_FLAG_WRITE, &format->interrupt_callback, options)) < 0)
		return r;
	return avformat_write_header(format, options);
}

int connection_open(struct connection *connection, const char *url, const char *file, const struct output_track *tracks,
		    unsigned count, struct media_error *ret_error)
{
	AVDictionary *options = output_options_make(connection->muxer, url, &connection->config->format_options);
	connection->opened = connection->failed = false;
	connection->piece_error = 0;
	avlog_forget();
	watch_grace(connection->watch, *file ? GRACE_NS : 0); /* the next segment begins even as the last thing */
	watch_begin(connection->watch, connection->config->open_timeout_ns);
	int r = begin(connection, url, tracks, count, &options);
	if (r < 0) {
		r = output_explain(connection->config, connection->watch, file, r, false, ret_error);
	} else {
		connection->opened = true;
		watch_grace(connection->watch, GRACE_NS);
		r = output_options_refuse_left(options, connection->muxer, ret_error);
	}
	av_dict_free(&options);
	if (r < 0)
		connection_cut(connection);
	return r;
}

int connection_write(struct connection *connection, AVPacket *packet, AVRational time_base, const char *file,
		     struct media_error *ret_error)
{
	av_packet_rescale_ts(packet, time_base, connection->format->streams[packet->stream_index]->time_base);
	avlog_forget();
	watch_begin(connection->watch, connection->config->write_timeout_ns);
	int r = av_write_frame(connection->format, packet);
	if (r >= 0 && (r = connection->piece_error) == 0)
		return 0;
	connection->failed = true;
	return output_explain(connection->config, connection->watch, file, r, true, ret_error);
}

/* The muxers that hold their own sockets and files give them up with the trailer, whatever came before. */
static int finish(struct connection *connection)
{
	AVFormatContext *format = connection->format;
	int r = 0;
	if (connection->opened && (!connection->failed || (connection->muxer->flags & AVFMT_NOFILE)))
		r = av_write_trailer(format);
	if (!(connection->muxer->flags & AVFMT_NOFILE)) {
		int closed = avio_closep(&format->pb);
		r = r < 0 ? r : closed;
	}
	return r < 0 ? r : connection->piece_error;
}

int connection_close(struct connection *connection, const char *file, struct media_error *ret_error)
{
	if (!connection->format)
		return 0;
	bool failed = connection->failed;
	int64_t limit_ns =
		file[0] ? -1 : connection->config->write_timeout_ns; /* some files are rewritten at the end */
	avlog_forget();
	watch_begin(connection->watch, failed ? 0 : limit_ns);
	int r = finish(connection);
	if (r < 0 && !failed)
		r = output_explain(connection->config, connection->watch, file, r, true, ret_error);
	avformat_free_context(connection->format);
	connection->format = NULL;
	return failed ? 0 : r;
}

void connection_cut(struct connection *connection)
{
	struct media_error ignored;
	connection->failed = true;
	connection_close(connection, "", &ignored);
}
