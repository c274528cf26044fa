/* clip_file.c: libavformat's muxers do the work; what they want of time stamps is seen to here. */
#include "clip/clip_file.h"
#include "base/error.h"
#include "media/container.h"
#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/mathematics.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_TRACKS 64

struct clip_track {
	uint32_t number;
	AVStream *stream;
	bool key_seen, begun;
	int64_t last_dts; /* in the stream's time base */
};

struct clip_file {
	AVFormatContext *format;
	AVPacket *packet;
	char *path, *part;
	bool opened, begun;
	int64_t begin_ns;
	struct clip_track tracks[MOST_TRACKS];
	unsigned count;
};

static int fail(const struct clip_file *file, int averror)
{
	char text[AV_ERROR_MAX_STRING_SIZE] = "";
	av_strerror(averror, text, sizeof text);
	return error_set(averror == AVERROR(ENOSPC) ? ENOSPC : EIO, "cannot write %s: %s", file->path, text);
}

static void destroy(struct clip_file *file)
{
	if (file->opened)
		avio_closep(&file->format->pb);
	avformat_free_context(file->format);
	av_packet_free(&file->packet);
	free(file->path);
	free(file->part);
	free(file);
}

void clip_file_discard(struct clip_file *file)
{
	if (!file)
		return;
	if (file->opened)
		unlink(file->part);
	destroy(file);
}

static int open_part(struct clip_file *file)
{
	const AVOutputFormat *muxer = av_guess_format(NULL, file->path, NULL);
	if (!muxer || muxer->flags & AVFMT_NOFILE)
		return error_set(EINVAL, "%s: FFmpeg knows no container by that ending; use .mp4, .mkv or .ts",
				 file->path);
	if (avformat_alloc_output_context2(&file->format, muxer, NULL, file->path) < 0)
		return error_set(ENOMEM, "out of memory");
	int averror = avio_open(&file->format->pb, file->part, AVIO_FLAG_WRITE);
	file->opened = averror >= 0;
	return file->opened ? 0 : fail(file, averror);
}

int clip_file_create(const char *path, struct clip_file **ret_file)
{
	struct clip_file *file = calloc(1, sizeof *file);
	if (!file)
		return error_set(ENOMEM, "out of memory");
	file->packet = av_packet_alloc();
	file->path = strdup(path);
	int r = asprintf(&file->part, "%s.part", path) < 0 || !file->packet || !file->path
			? error_set(ENOMEM, "out of memory")
			: open_part(file);
	if (r < 0) {
		destroy(file);
		return r;
	}
	*ret_file = file;
	return 0;
}

int clip_file_add(struct clip_file *file, uint32_t number, const struct codec_parameters *parameters)
{
	const AVOutputFormat *muxer = file->format->oformat;
	enum AVCodecID codec = parameters->codec->codec_id;
	if (file->count == MOST_TRACKS || !container_takes(muxer, false, codec)) {
		error_set(EINVAL, "%s cannot be in a file like %s: it is left out (.mkv takes most)",
			  avcodec_get_name(codec), file->path);
		return 0;
	}
	AVStream *stream = avformat_new_stream(file->format, NULL);
	if (!stream || avcodec_parameters_copy(stream->codecpar, parameters->codec) < 0)
		return error_set(ENOMEM, "out of memory");
	stream->codecpar->codec_tag = 0; /* the input container's */
	stream->time_base = parameters->time_base;
	stream->avg_frame_rate = parameters->frame_rate;
	stream->sample_aspect_ratio = parameters->codec->sample_aspect_ratio;
	if (parameters->has_matrix) {
		uint8_t *matrix =
			av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof parameters->display_matrix);
		if (matrix)
			memcpy(matrix, parameters->display_matrix, sizeof parameters->display_matrix);
	}
	file->tracks[file->count++] = (struct clip_track){
		.number = number, .stream = stream, .key_seen = parameters->codec->codec_type != AVMEDIA_TYPE_VIDEO};
	return 1;
}

int clip_file_begin(struct clip_file *file, int64_t begin_ns)
{
	file->begin_ns = begin_ns;
	int averror = avformat_write_header(file->format, NULL);
	file->begun = averror >= 0;
	return file->begun ? 0 : fail(file, averror);
}

static struct clip_track *find_track(struct clip_file *file, uint32_t number)
{
	for (unsigned i = 0; i < file->count; i++)
		if (file->tracks[i].number == number)
			return &file->tracks[i];
	return NULL;
}

/* Muxers refuse a dts that does not rise, or is later than pts. */
static void set_times(const struct clip_file *file, struct clip_track *track, const struct fb_frame *from,
		      AVPacket *packet)
{
	AVRational nanoseconds = {1, 1000000000}, base = track->stream->time_base;
	packet->pts = av_rescale_q(from->pts_ns - file->begin_ns, nanoseconds, base);
	packet->dts = av_rescale_q(from->dts_ns - file->begin_ns, nanoseconds, base);
	packet->duration = av_rescale_q(from->duration_ns, nanoseconds, base);
	if (track->begun && packet->dts <= track->last_dts)
		packet->dts = track->last_dts + 1;
	packet->pts = FFMAX(packet->pts, packet->dts);
	track->begun = true;
	track->last_dts = packet->dts;
}

int clip_file_write(struct clip_file *file, const struct fb_frame *from)
{
	struct clip_track *track = find_track(file, from->track);
	if (!track)
		return 0;
	track->key_seen = track->key_seen || from->flags & FB_KEY_FRAME;
	if (!track->key_seen)
		return 0;
	AVPacket *packet = file->packet;
	if (av_new_packet(packet, (int)from->size) < 0)
		return error_set(ENOMEM, "out of memory");
	memcpy(packet->data, from->data[0], from->size);
	packet->stream_index = track->stream->index;
	packet->flags = from->flags & FB_KEY_FRAME ? AV_PKT_FLAG_KEY : 0;
	set_times(file, track, from, packet);
	int averror = av_interleaved_write_frame(file->format, packet); /* takes the reference */
	return averror < 0 ? fail(file, averror) : 0;
}

int clip_file_finish(struct clip_file *file)
{
	int averror = av_write_trailer(file->format);
	int closed = avio_closep(&file->format->pb);
	file->opened = false;
	int r = averror < 0 || closed < 0 ? fail(file, averror < 0 ? averror : closed) : 0;
	if (r == 0 && rename(file->part, file->path) < 0)
		r = error_set_errno(errno, "cannot write %s", file->path);
	if (r < 0)
		unlink(file->part);
	destroy(file);
	return r;
}
