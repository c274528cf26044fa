/* cat.c: `framebroker cat NAME`: frames to stdout, as yuv4mpeg where there is a name for the format, else raw. */
#include "commands.h"
#include "report.h"
#include "session.h"
#include "stream_reader.h"
#include "y4m.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* What a reader of stdout was told once and for all. */
struct layout {
	bool known, y4m;
	struct fb_stream_info info;
};

static bool write_bytes(const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, stdout) == size;
}

static bool write_plane(const struct fb_frame *frame, uint32_t plane)
{
	const struct fb_plane *shape = &frame->info->plane[plane];
	const uint8_t *row = frame->data[plane];
	uint32_t rows = frame->info->media == FB_AUDIO ? frame->samples : shape->rows;
	if (frame->linesize[plane] == (int64_t)shape->row_bytes)
		return write_bytes(row, (size_t)rows * shape->row_bytes);
	for (uint32_t y = 0; y < rows; y++, row += frame->linesize[plane])
		if (!write_bytes(row, shape->row_bytes))
			return false;
	return true;
}

static bool write_frame(const struct layout *layout, const struct fb_frame *frame)
{
	if (layout->y4m && !write_bytes(Y4M_FRAME, strlen(Y4M_FRAME)))
		return false;
	if (frame->info->media == FB_PACKET)
		return write_bytes(frame->data[0], frame->size) && fflush(stdout) == 0;
	for (uint32_t plane = 0; plane < frame->info->planes; plane++)
		if (!write_plane(frame, plane))
			return false;
	return fflush(stdout) == 0;
}

static bool same_layout(const struct fb_stream_info *a, const struct fb_stream_info *b)
{
	return a->media == b->media && a->width == b->width && a->height == b->height &&
	       strcmp(a->format, b->format) == 0 && a->sample_rate == b->sample_rate && a->channels == b->channels;
}

/* What a player must be told of frames that are written raw. */
static void tell_player(const char *stream, const struct fb_stream_info *info)
{
	if (info->media == FB_VIDEO)
		complain("stream %s: %s is written raw: ffplay -f rawvideo -pixel_format %s -video_size %ux%u -",
			 stream, info->format, info->format, info->width, info->height);
	else if (info->media == FB_AUDIO)
		complain("stream %s: %s is written raw: ffplay -f %sle -ar %u -ac %u -", stream, info->format,
			 strcmp(info->format, "flt") == 0 ? "f32" : info->format, info->sample_rate, info->channels);
}

/* Before the first frame: the header. Later: whether what was said then still holds. */
static enum exit_status check_layout(struct layout *layout, const struct options *options, const struct fb_frame *frame)
{
	if (layout->known) {
		if (same_layout(&layout->info, frame->info))
			return EXIT_DONE;
		complain("stream %s: its layout has changed, from %ux%u %s to %ux%u %s, and what was written cannot "
			 "say so; "
			 "start again, or read an output with width, height and pixel_format set",
			 options->arguments[0], layout->info.width, layout->info.height, layout->info.format,
			 frame->info->width, frame->info->height, frame->info->format);
		return EXIT_FAILED;
	}
	char header[256];
	layout->known = true;
	layout->info = *frame->info;
	layout->y4m = !options->raw && y4m_header(frame->info, header, sizeof(header));
	if (layout->y4m)
		write_bytes(header, strlen(header)); /* a failure shows at the first frame */
	else if (!options->raw)
		tell_player(options->arguments[0], frame->info);
	return EXIT_DONE;
}

static enum exit_status written_failed(void)
{
	if (errno == EPIPE)
		return EXIT_DONE; /* whoever read has seen enough */
	complain("cannot write to stdout: %s", strerror(errno));
	return EXIT_FAILED;
}

/* Reads and writes until --frames, the stream's end or a failure. *ret_more: whether to go on. */
static enum exit_status copy_one(fb_reader *reader, const struct options *options, struct layout *layout,
				 bool *ret_more)
{
	struct fb_frame frame;
	int err = fb_reader_read(reader, options->timeout_ns, &frame);
	*ret_more = false;
	if (err == -ENODATA)
		return EXIT_DONE;
	if (err < 0)
		return stream_reader_failed(reader, options->arguments[0], options->timeout_ns, err);
	enum exit_status result = check_layout(layout, options, &frame);
	if (result == EXIT_DONE) {
		*ret_more = write_frame(layout, &frame);
		if (!*ret_more)
			result = written_failed();
	}
	fb_frame_release(&frame);
	return result;
}

static enum exit_status copy_all(fb_reader *reader, const struct options *options)
{
	struct layout layout = {0};
	enum exit_status result = EXIT_DONE;
	bool more = true;
	for (uint64_t count = 0; more && (options->frames == 0 || count < options->frames); count++)
		result = copy_one(reader, options, &layout, &more);

	uint64_t missed = fb_reader_missed(reader);
	if (missed && options->mode != FB_LATEST)
		complain("stream %s: %llu frames missed, since stdout was not read fast enough", options->arguments[0],
			 (unsigned long long)missed);
	return missed && options->mode == FB_LOSSLESS && result == EXIT_DONE ? EXIT_FAILED : result;
}

enum exit_status command_cat(const struct options *options)
{
	fb_broker *broker;
	fb_reader *reader;
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	signal(SIGPIPE, SIG_IGN);
	result = stream_reader_open(broker, options->arguments[0], options->mode, &reader);
	if (result == EXIT_DONE) {
		result = copy_all(reader, options);
		fb_reader_close(&reader);
	}
	fb_close(&broker);
	return result;
}
