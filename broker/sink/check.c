/* check.c: the same questions that a worker asks when it begins. */
#include "sink/check.h"
#include "config/sink.h"
#include "media/avlog.h"
#include "media/filter.h"
#include "sink/encoder.h"
#include "sink/output.h"
#include "worker/sandbox.h"
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

static unsigned say(const struct config_sink *sink, int r, const struct media_error *error)
{
	if (r < 0)
		fprintf(stderr, "sinks.%s: %s%s%s\n", sink->name, error->text, error->mend[0] ? "; " : "", error->mend);
	return r < 0;
}

/* The encoder of one track, and whether its packets can go where the sink sends them. output NULL: not known. */
static unsigned check_codec(const struct config_sink *sink, const char *stream, const char *name, enum AVMediaType type,
			    const struct output *output)
{
	struct media_error error;
	const AVCodec *codec;
	if (!stream[0] || strcmp(name, "copy") == 0)
		return 0;
	int r = encoder_find(name, type, &codec, &error);
	if (r == 0 && output)
		r = output_check_codec(output, codec->id, &error);
	return say(sink, r, &error);
}

static int check_sandbox(const struct config_sink *sink, struct media_error *ret_error)
{
	struct reach reach;
	int r = reach_output(sink->url, &sink->format_options, &reach, ret_error);
	return r < 0 ? r : sandbox_check(ret_error);
}

static unsigned check_sink(const struct config_sink *sink)
{
	struct media_error error;
	struct watch watch = {0};
	struct output *output = NULL;
	unsigned wrong = say(sink, output_create(sink, &watch, &output, &error), &error);
	wrong += sink->video.filter[0] && say(sink, filter_check(sink->video.filter, &error), &error);
	wrong += check_codec(sink, sink->video.stream, sink->video.codec, AVMEDIA_TYPE_VIDEO, output);
	wrong += check_codec(sink, sink->audio.stream, sink->audio.codec, AVMEDIA_TYPE_AUDIO, output);
	if (sink->sandbox == CONFIG_SANDBOX_STRICT)
		wrong += say(sink, check_sandbox(sink, &error), &error);
	if (sink->video.pixel_format[0] && av_get_pix_fmt(sink->video.pixel_format) == AV_PIX_FMT_NONE)
		wrong += say(sink,
			     error_say(&error, "ffmpeg -pix_fmts lists them", "video pixel_format: FFmpeg has no %.40s",
				       sink->video.pixel_format),
			     &error);
	output_destroy(output);
	return wrong;
}

unsigned check_sinks(FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	unsigned wrong = 0;
	avlog_start("check");
	while (getline(&line, &size, in) > 0) {
		struct config_sink *sink;
		struct config_errors errors = {0};
		if (config_sink_from_text(NULL, line, NULL, &sink, &errors) == 0) {
			wrong += check_sink(sink) > 0;
			config_sink_free(sink);
		} else {
			fprintf(stderr, "%s\n", errors.count ? errors.lines[0] : "a sink that makes no sense");
			wrong++;
		}
		config_errors_clear(&errors);
	}
	free(line);
	return wrong;
}
