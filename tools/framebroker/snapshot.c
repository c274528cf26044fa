/* snapshot.c: `framebroker snapshot NAME FILE`: the newest picture of a stream, as a file. */
#include "commands.h"
#include "picture.h"
#include "picture_file.h"
#include "report.h"
#include "session.h"
#include "stream_reader.h"
#include <errno.h>
#include <string.h>

static enum exit_status refuse_format(const char *stream, const struct fb_stream_info *info)
{
	if (info->media == FB_VIDEO)
		complain("stream %s: a snapshot cannot be made of pixel_format %s; set pixel_format: rgb24 for this "
			 "output, or "
			 "take an output that has it",
			 stream, info->format);
	else
		complain("stream %s: has no picture, it holds %s; take an output with media: video", stream,
			 info->media == FB_AUDIO ? "audio" : "packets");
	return EXIT_FAILED;
}

static enum exit_status take_picture(fb_reader *reader, const struct options *options, struct picture *ret_picture)
{
	const char *stream = options->arguments[0];
	struct fb_frame frame;
	int err = fb_reader_read(reader, options->timeout_ns, &frame);
	if (err < 0)
		return stream_reader_failed(reader, stream, options->timeout_ns, err);
	err = picture_from_frame(&frame, ret_picture);
	enum exit_status result = EXIT_DONE;
	if (err == -ENOTSUP) {
		result = refuse_format(stream, frame.info);
	} else if (err < 0) {
		complain("stream %s: %s", stream, strerror(-err));
		result = EXIT_FAILED;
	}
	fb_frame_release(&frame);
	return result;
}

enum exit_status command_snapshot(const struct options *options)
{
	struct picture picture;
	fb_broker *broker;
	fb_reader *reader;
	if (!picture_file_known(options->arguments[1]))
		return EXIT_USAGE;
	enum exit_status result = session_open(options, &broker);
	if (result != EXIT_DONE)
		return result;
	result = stream_reader_open(broker, options->arguments[0], FB_LATEST, &reader);
	if (result == EXIT_DONE) {
		result = take_picture(reader, options, &picture);
		fb_reader_close(&reader);
	}
	fb_close(&broker);
	if (result == EXIT_DONE) {
		result = picture_write(&picture, options->arguments[1]);
		picture_clear(&picture);
	}
	return result;
}
